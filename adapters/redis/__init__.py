"""Redis: the bell, the token stream, the shared rate limits. Losing all of it loses nothing but speed."""
