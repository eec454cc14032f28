"""
The local edge: a stand-in for Cloudflare Access on loopback, for people and machines.

    organisation/   what is protected, and for whom: frozen values
    decision/       what becomes of a request: pure
    tokens/         application tokens, cookies and the keys that sign them
    certificates/   client certificates, the local CA, the listener with TLS
    wire/           HTTP from caller to origin and back, byte for byte
    answers/        what the edge itself says: denials, redirects, pages
    people/         login, sessions, logout, get-identity
    api/            the management API
    config/         edge.toml
    state/          the state folder
    journal/        the last decisions
    testing/        the edge in other people's tests
    demo/           what only `make demo` needs

`server` brings them together. Never installed in production.
"""
