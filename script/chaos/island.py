"""A network namespace whose only way out is a link that can be cut. Needs root on Linux."""

import asyncio
import contextlib
import os
import subprocess
import threading

# Of the range that is set aside for benchmarks (RFC 2544).
ADDRESS, NEAR, FAR = "198.18.47.1", "198.18.47.5", "198.18.47.6"


class Island:
    """From inside and outside, services of 127.0.0.1 are reached at ADDRESS, on their own ports."""

    def __init__(self):
        self.name = f"switchboard{os.getpid()}"
        self.link = f"sb{os.getpid()}"

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *command]

    def build(self):
        for line in (f"netns add {self.name}", f"link add {self.link} type veth peer name out netns {self.name}", f"addr add {ADDRESS}/32 dev lo",
                     f"addr add {NEAR}/30 dev {self.link}", f"link set {self.link} up", f"-n {self.name} link set lo up",
                     f"-n {self.name} addr add {FAR}/30 dev out", f"-n {self.name} link set out up", f"-n {self.name} route add default via {NEAR}"):
            subprocess.run(["ip", *line.split()], check=True, capture_output=True, text=True)

    def remove(self):
        for line in (f"addr del {ADDRESS}/32 dev lo", f"link del {self.link}", f"netns del {self.name}"):
            subprocess.run(["ip", *line.split()], check=False, capture_output=True)

    def cut(self):
        """Inside, nothing is told of it: packets just do not arrive."""
        subprocess.run(["ip", "link", "set", self.link, "down"], check=True)

    def mend(self):
        subprocess.run(["ip", "link", "set", self.link, "up"], check=True)


@contextlib.contextmanager
def island(*ports):
    """The namespace, or None where this machine does not allow one."""
    built = Island()
    try:
        try:
            built.build()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"no node is cut off, for that takes root and `ip netns`: {getattr(error, 'stderr', None) or error}".strip(), flush=True)
            yield None
            return
        for port in ports:
            threading.Thread(target=lambda port=port: asyncio.run(serve(port)), daemon=True).start()
        yield built
    finally:
        built.remove()


async def serve(port):
    server = await asyncio.start_server(lambda *here: carry(port, *here), ADDRESS, port)
    await server.serve_forever()


async def carry(port, reader, writer):
    there = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))


async def pump(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
