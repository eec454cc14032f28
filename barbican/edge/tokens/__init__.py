"""What the edge signs: application tokens, cookies, and the keys for them."""
