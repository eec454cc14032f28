"""The state folder: read, written, followed and thrown away."""
