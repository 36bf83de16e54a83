"""Measures a built flashctl against simulated MediaTek phones, through their agents.

Write and read of a range of the user section, in-process and over USB/IP on this machine, and how much of a paced bus's time
is used. The first command of a series starts the agent; the others find it running. After each write the storage is compared
with the image, after each read the copy is, so that no figure stands for nothing.
"""

import argparse
import filecmp
import os
import shutil
import sys
import tempfile

from measure import Run, Server, make_image, median_run

MODELS = {"mt6765": "user.img", "mt6789": "user.img"}
BUS = {"hs": 13 * 512 * 8000}  # bytes a second in full packets
START = 64 << 20
BLOCK = 4096


class Bench:
    def __init__(self, flashctl, model, folder, size, repeat):
        self.flashctl, self.model, self.size, self.repeat = flashctl, model, size, repeat
        self.storage = os.path.join(folder, "storage-" + model)
        self.copy = os.path.join(folder, "copy.img")
        self.fixtures = os.path.join(folder, "fixtures-" + model)
        self.user_size = f"user-size={(size + START + (256 << 20)) >> 20}M"
        self.run([flashctl, "simulate", model, "--write-fixtures", self.fixtures], repeat=1)

    def run(self, arguments, repeat=None):
        return median_run(arguments, repeat or self.repeat)

    def fresh(self):
        shutil.rmtree(self.storage, ignore_errors=True)

    def simulated(self):
        return f"sim:{self.model},storage={self.storage},{self.user_size}"

    def served(self, wire="none"):
        return Server([
            self.flashctl, "simulate", self.model, "--usbip", "127.0.0.1:0", "--storage", self.storage, "--wire", wire,
            "--set", self.user_size])

    def command(self, *words):
        return [
            self.flashctl, *words, "--quiet", "--loader", os.path.join(self.fixtures, "DA.bin"), "--preloader",
            os.path.join(self.fixtures, "preloader.bin")]

    def write(self, image, size, device):
        return self.command("write", region(size), image, "--allow-protected", "--device", device)

    def read(self, size, device):
        return self.command("read", region(size), "-o", self.copy, "--device", device)

    def check(self, image, size):
        """The storage holds the first bytes of the image where they belong."""
        with open(os.path.join(self.storage, MODELS[self.model]), "rb") as storage, open(image, "rb") as expected:
            storage.seek(START)
            left = size
            while left:
                piece = expected.read(min(left, 1 << 22))
                if storage.read(len(piece)) != piece:
                    sys.exit("bench: the storage differs from the image")
                left -= len(piece)


def region(size):
    return f"user/{START}+{size}"


def head(text):
    print(f"\n{text}")
    print(f"{'':52}{'MB/s':>9}{'CPU s/GiB':>11}{'peak MB':>9}{'of bus':>9}")


def row(name, run, size, bus=None):
    rate = size / run.wall
    cells = f"{name:52}{rate / 1e6:9.0f}{run.processor / (size / (1 << 30)):11.2f}{run.resident / 1e6:9.1f}"
    print(cells + (f"{rate / BUS[bus] * 100:8.1f}%" if bus else ""), flush=True)


def throughput(bench, image, place, device):
    row(f"write, {place}", bench.run(bench.write(image, bench.size, device)), bench.size)
    bench.check(image, bench.size)
    row(f"read, {place}", bench.run(bench.read(bench.size, device)), bench.size)
    if not filecmp.cmp(bench.copy, image, shallow=False):
        sys.exit("bench: what was read differs from the image")
    os.remove(bench.copy)


def paced(bench, image, wire, size):
    part, little = image + ".part", image + ".little"
    with open(image, "rb") as source, open(part, "wb") as file:
        file.write(source.read(size))
    with open(little, "wb") as file:
        file.write(b"\0" * BLOCK)
    bench.fresh()
    server = bench.served(wire)
    device = f"usbip:{server.first_line[2]}/1-1"
    # The agent is started, and its speed changed, before anything is measured.
    bench.run(bench.write(little, BLOCK, device), repeat=1)
    for name, whole, next_to_none in (
        ("write", bench.write(part, size, device), bench.write(little, BLOCK, device)),
        ("read", bench.read(size, device), bench.read(BLOCK, device)),
    ):
        # The session begins and ends beside the data: its time is known from a run with next to none, and taken off.
        session = bench.run(next_to_none, repeat=1)
        run = bench.run(whole, repeat=1)
        row(f"{name}, USB/IP, --wire {wire}, whole command", run, size, bus=wire)
        data = Run(max(1e-9, run.wall - session.wall), run.processor, run.resident)
        row(f"{name}, USB/IP, --wire {wire}, without the session's start", data, size, bus=wire)
    server.end()
    for path in (part, little, bench.copy):
        os.remove(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flashctl")
    parser.add_argument("--mebibytes", type=int, default=2048)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    for model in MODELS:
        with tempfile.TemporaryDirectory(prefix="flashctl-bench.") as folder:
            image = os.path.join(folder, "image.img")
            size = make_image(image, options.mebibytes)
            bench = Bench(options.flashctl, model, folder, size, options.repeat)
            head(
                f"A simulated {model}, {size >> 20} MiB (median of {options.repeat}; CPU and memory of flashctl's own "
                "process)")
            throughput(bench, image, "in-process", bench.simulated())
            bench.fresh()
            server = bench.served()
            throughput(bench, image, "USB/IP", f"usbip:{server.first_line[2]}/1-1")
            server.end()
            paced(bench, image, "hs", min(size, 256 << 20))


if __name__ == "__main__":
    main()
