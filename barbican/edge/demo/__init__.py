"""What only the one-command demo needs."""
