"""The working half of script/chaos/siege."""

import argparse
import os
import resource
import socket
import sys
import tempfile
import threading
import time

from chaos import RELEASE, issue_token, launch

WITHIN_MS = 200
ASK = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def begun(number, token):
    """A head, a body, or nothing; none of them comes to its end."""
    head = "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
    length = "Content-Type: application/json\r\nContent-Length: 100000"
    body = f"POST /api/errors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n{{"
    return (head, body, "")[number % 3].encode()


def connect(address, number):
    """From one of many addresses of this machine."""
    client = socket.socket()
    client.bind((f"127.1.{number // 250}.{number % 250 + 1}", 0))
    client.connect(address)
    return client


def dawdle(address, token, count, stop):
    """One byte a second from each; who was sent away comes back."""
    clients = {}
    while not stop.is_set():
        for number in range(count):
            try:
                if number not in clients:
                    clients[number] = connect(address, number)
                    clients[number].setblocking(False)
                    clients[number].send(begun(number, token))
                elif number % 3 != 2:
                    clients[number].send(b"x")
            except BlockingIOError:
                pass
            except OSError:
                clients.pop(number).close()
        stop.wait(1)


def ask(address):
    """Milliseconds until the answer has come."""
    start = time.perf_counter()
    with socket.create_connection(address, timeout=10) as stream:
        stream.sendall(ASK)
        answer = b""
        while piece := stream.recv(4_096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200"), answer
    return (time.perf_counter() - start) * 1_000


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--clients", type=int, default=1_000)
    arguments.add_argument("--asks", type=int, default=2_000)
    arguments.add_argument("--program", default=os.path.join(RELEASE, "switchboard"))
    given = arguments.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "SWITCHBOARD_DATA_DIR": folder, "SWITCHBOARD_LISTEN": "127.0.0.1:0", "RUST_LOG": "error"}
        token = issue_token(given.program, environment)
        server, base = launch(given.program, "serve", environment=environment)
        host, port = base.removeprefix("http://").split(":")
        address = (host, int(port))
        stop = threading.Event()
        try:
            alone = [ask(address) for _ in range(given.asks // 4)]
            siege = threading.Thread(target=dawdle, args=(address, token, given.clients, stop))
            siege.start()
            time.sleep(3)
            besieged = [ask(address) for _ in range(given.asks)]
        finally:
            stop.set()
            siege.join()
            server.kill()
    for name, values in (("alone", alone), (f"among {given.clients} slow clients", besieged)):
        print(f"{name}: p50 {percentile(values, 0.5):.1f} ms, p99 {percentile(values, 0.99):.1f} ms, worst {max(values):.1f} ms")
    sound = percentile(besieged, 0.99) < WITHIN_MS
    print("sound" if sound else "NOT SOUND")
    sys.exit(0 if sound else 1)


main()
