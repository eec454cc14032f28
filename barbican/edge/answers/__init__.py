"""What the edge says by itself: denials, redirects and pages."""
