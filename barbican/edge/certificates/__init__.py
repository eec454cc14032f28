"""Client certificates: the local CA, chains, and the listener with TLS."""
