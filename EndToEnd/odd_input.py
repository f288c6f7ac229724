"""Bounds what schemathesis makes up: an address of many kilobytes never reaches the program.

The HTTP decoder refuses such a request with a plain 400 before there is a route to describe it.
"""
from urllib.parse import quote

import schemathesis


@schemathesis.hook
def filter_query(context, query):
    return sum(len(quote(str(value))) for value in (query or {}).values()) < 8000


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    return sum(len(quote(str(value))) for value in (path_parameters or {}).values()) < 4000
