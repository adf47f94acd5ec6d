"""Addresses for the world outside, and their QR codes."""

import io
from typing import Any

import segno
from flask import Response, current_app, url_for


def public_address(endpoint: str, **values: Any) -> str:
    """The address as people elsewhere can open it, whatever host this request came by."""
    base: str = current_app.config["SETTINGS"].public_url.rstrip("/")
    return base + url_for(endpoint, **values)


def qr_code(address: str) -> Response:
    """The address as an SVG picture, for a page, a slide or a poster."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=4, border=2, light="#ffffff")
    return Response(picture.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "private, max-age=86400"})


def qr_picture(address: str) -> str:
    """The code as the source of an <img>: pages with many of them ask for nothing more."""
    picture: str = segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="#ffffff")
    return picture


def talk_address(event_public_id: str, achievement_public_id: str) -> str:
    """What the code of a talk opens: recording an intention about its achievement."""
    return public_address("intentions.intend", public_id=event_public_id, achievement=achievement_public_id)


def registration_address(public_id: str) -> str:
    """What the code of a registration opens, on a badge and on its owner's page: checking in, at the door."""
    return public_address("door.person", public_id=public_id)
