"""The last decisions, and what each of them rested on."""
