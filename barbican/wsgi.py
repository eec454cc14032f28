"""The origin as gunicorn serves it. A configuration that is not safe stops the start."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbican.settings")

try:
    application = get_wsgi_application()
    from barbican.access.checks import refuse_unsafe_start

    refuse_unsafe_start()
except ImproperlyConfigured as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
