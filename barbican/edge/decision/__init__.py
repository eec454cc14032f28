"""What the edge does with a request: pure, with no input and no output."""
