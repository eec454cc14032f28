"""How gunicorn serves the origin: what `gunicorn.conf.py` names."""
