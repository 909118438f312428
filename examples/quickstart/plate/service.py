"""The report over HTTP."""

import json
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .report import report

PORT = 8080


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(report()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def server() -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("", PORT), Answer)


def ask() -> str:
    with urllib.request.urlopen(f"http://localhost:{PORT}/", timeout=9) as answer:
        return answer.read().decode()
