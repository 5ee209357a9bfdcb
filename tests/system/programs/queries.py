# SPDX-License-Identifier: GPL-2.0
#
# queries.py SOCKET COUNT: send COUNT queries, a multiple of 1000, to a MariaDB server that needs no password,
# and check that they succeed. A thousand are sent at a time, because a query that waits for the result of the
# one before takes ten times as long in an emulated guest.
import socket
import struct
import sys

PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH = 0x200, 0x8000, 0x80000
QUERY = b"\x03do 1"
BATCH = 1000


def packet(number, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def receive(stream):
    header = stream.read(4)
    return stream.read(int.from_bytes(header[:3], "little"))


server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
stream = server.makefile("rb")
receive(stream)
server.sendall(packet(1, struct.pack("<IIB23x", PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH, 1 << 24, 33)
                      + b"root\0" + b"\0" + b"mysql_native_password\0"))
results = [receive(stream)]
for _ in range(int(sys.argv[2]) // BATCH):
    server.sendall(packet(0, QUERY) * BATCH)
    results += [receive(stream) for _ in range(BATCH)]
sys.exit(any(result[:1] != b"\0" for result in results))
