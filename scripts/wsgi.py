"""The application object for a WSGI server: `granian --interface wsgi scripts.wsgi:app`."""

from web import create_app

app = create_app()
