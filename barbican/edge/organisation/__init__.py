"""What is protected, for whom: applications, policies, tokens and people, as frozen values."""
