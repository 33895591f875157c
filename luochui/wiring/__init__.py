"""Wiring: which object is handed to which, in start order. Engine and web are roles of one program."""

from luochui.wiring.engine import engine_role
from luochui.wiring.listening import base_url_of, bound_socket
from luochui.wiring.services import WebServices
from luochui.wiring.web import web_role

__all__ = ["WebServices", "base_url_of", "bound_socket", "engine_role", "web_role"]
