"""``python -m example_site journey``: the main job, over HTTP, against a demo of its own."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.journeys.demo import ROOT, clean_environment


def walk(url: str, *, timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "example_site", "journey", "--url", url],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_the_journey_holds_from_the_paywall_to_the_last_second(start_demo) -> None:
    demo = start_demo()

    walked = walk(demo.url, timeout=280)

    assert walked.returncode == 0, walked.stdout + walked.stderr + demo.output
    assert "a second after the end, with no webhook, the member finds nothing of it" in walked.stdout
    assert "All of it holds" in walked.stdout


class LeakySite(BaseHTTPRequestHandler):
    """A site whose paywall hands out what it should hide."""

    def do_GET(self) -> None:
        body = b'<a href="/documents/1/x.pdf">StreamField cookbook</a> Pro <!-- kingfisher -->'
        self.send_response(200)
        self.send_header("Cache-Control", "private, no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args) -> None:
        return


def test_the_journey_fails_where_a_paywall_leaks() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), LeakySite) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            walked = walk(f"http://127.0.0.1:{server.server_address[1]}/", timeout=60)
        finally:
            server.shutdown()
            thread.join()

    assert walked.returncode == 1
    assert "FAILED: not true: article: a stranger finds nothing of it" in walked.stdout


def test_the_journey_fails_where_nobody_answers() -> None:
    walked = walk("http://127.0.0.1:9/", timeout=60)

    assert walked.returncode == 1
    assert "FAILED" in walked.stdout
