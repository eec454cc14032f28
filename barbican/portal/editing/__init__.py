"""What an editor does in the admin beyond its forms: look, publish, compare, carry, adopt."""
