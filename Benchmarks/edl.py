"""Measures a built flashctl against simulated Qualcomm devices in emergency download mode.

Program and read of a whole image, a sparse image with a tenth of data, `--delta` with one hundredth changed, eight devices
at once: in-process and over USB/IP on this machine; and how much of a paced bus's time is used. The figures are the
kernel's, as in measure.py. After each run the storage is compared with the image, so that no figure stands for nothing.
"""

import argparse
import filecmp
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

from measure import Run, Server, make_image, measured, median_run

MODEL = "sdm845-ufs"
BUS = {"hs": 13 * 512 * 8000, "ss": 1024 * 1_000_000_000 // ((1024 + 114) * 2)}  # bytes a second in full packets
BLOCK = 4096
PROGRAMMER_SIZE = 8192


def make_programmer(path):
    """The smallest AArch64 ELF with one segment that is loaded."""
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 0xB7, 1, 0x14000000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 4096, 0x14000000, 0x14000000, PROGRAMMER_SIZE - 4096, 4096, 4096)
    with open(path, "wb") as file:
        file.write((header + segment).ljust(4096, b"\0") + b"\xa5" * (PROGRAMMER_SIZE - 4096))


def make_sparse(path, image, size):
    """An Android sparse image: of every ten MiB, one holds data of `image`, nine are left out."""
    unit = (1 << 20) // BLOCK
    units = size // (1 << 20)
    with open(image, "rb") as source, open(path, "wb") as file:
        chunks = []
        for index in range(0, units, 10):
            chunks.append((0xCAC1, unit, index))
            rest = min(9, units - index - 1)
            if rest:
                chunks.append((0xCAC3, unit * rest, index))
        file.write(struct.pack("<IHHHHIIII", 0xED26FF3A, 1, 0, 28, 12, BLOCK, size // BLOCK, len(chunks), 0))
        for kind, blocks, index in chunks:
            if kind == 0xCAC1:
                source.seek(index << 20)
                file.write(struct.pack("<HHII", kind, 0, blocks, 12 + blocks * BLOCK) + source.read(blocks * BLOCK))
            else:
                file.write(struct.pack("<HHII", kind, 0, blocks, 12))
    return sum(blocks * BLOCK for kind, blocks, _ in chunks if kind == 0xCAC1)


def change(image, share=0.01, spots=8):
    """Changes a hundredth of a file, in a few places as a new build does."""
    size = os.path.getsize(image)
    length = int(size * share / spots) // BLOCK * BLOCK
    with open(image, "r+b") as file:
        for spot in range(spots):
            file.seek((size // spots) * spot + size // (spots * 3) // BLOCK * BLOCK)
            file.write(os.urandom(length))
    return length * spots


class Bench:
    def __init__(self, flashctl, folder, size, repeat):
        self.flashctl, self.folder, self.size, self.repeat = flashctl, folder, size, repeat
        self.programmer = os.path.join(folder, "programmer.elf")
        make_programmer(self.programmer)
        self.sectors = size // BLOCK + 65536

    def storage(self, name="storage"):
        return os.path.join(self.folder, name)

    def fresh(self):
        shutil.rmtree(self.storage(), ignore_errors=True)

    def simulated(self, name="storage", wire=None):
        device = f"sim:{MODEL},storage={self.storage(name)},sectors={self.sectors}"
        return device + (f",wire={wire}" if wire else "")

    def served(self, name="storage", wire="none"):
        return Server([
            self.flashctl, "simulate", MODEL, "--usbip", "127.0.0.1:0", "--storage", self.storage(name), "--wire", wire,
            "--set", f"sectors={self.sectors}"])

    def command(self, *words):
        # The image covers everything the simulated device has, partitions that are protected too.
        consent = ["--allow-protected"] if words[0] in ("write", "flash") else []
        return [self.flashctl, *words, *consent, "--quiet", "--loader", self.programmer]

    def check(self, image, offset=8 * BLOCK):
        """The storage holds the image from `offset` on."""
        if not same(os.path.join(self.storage(), "lun0.img"), offset, image):
            sys.exit("bench: the storage differs from the image")

    def run(self, arguments, repeat=None, before=lambda: None):
        return median_run(arguments, repeat or self.repeat, before)


def same(path, offset, image):
    with open(path, "rb") as storage, open(image, "rb") as expected:
        storage.seek(offset)
        while piece := expected.read(1 << 22):
            if storage.read(len(piece)) != piece:
                return False
    return True


def head(text):
    print(f"\n{text}")
    print(f"{'':52}{'MB/s':>9}{'CPU s/GiB':>11}{'peak MB':>9}{'of bus':>9}{'of full':>9}")


def row(name, run, size, bus=None, full=None):
    rate = size / run.wall
    memory = f"{run.resident / 1e6:9.1f}" if run.resident else f"{'':9}"
    cells = f"{name:52}{rate / 1e6:9.0f}{run.processor / (size / (1 << 30)):11.2f}{memory}"
    cells += f"{rate / BUS[bus] * 100:8.1f}%" if bus else f"{'':9}"
    cells += f"{run.wall / full.wall * 100:8.1f}%" if full else ""
    print(cells, flush=True)


def region(size):
    return f"0/{8 * BLOCK}+{size}"


def throughput(bench, image, place, device):
    copy = os.path.join(bench.folder, "copy.img")
    whole = bench.run(bench.command("write", region(bench.size), image, "--device", device))
    bench.check(image)
    row(f"program, {place}", whole, bench.size)
    row(f"read, {place}", bench.run(
        bench.command("read", region(bench.size), "-o", copy, "--device", device)), bench.size)
    if not filecmp.cmp(copy, image, shallow=False):
        sys.exit("bench: what was read differs from the image")
    os.remove(copy)
    return whole


def less_than_all(bench, image, place, device, full):
    sparse = os.path.join(bench.folder, "sparse.img")
    data = make_sparse(sparse, image, bench.size)
    row(f"sparse image with {data * 100 // bench.size} % data, {place}", bench.run(
        bench.command("write", region(bench.size), sparse, "--device", device)), data, full=full)
    os.remove(sparse)
    other = os.path.join(bench.folder, "other.img")
    shutil.copyfile(image, other)
    changed = change(other)

    def back():
        with open(os.path.join(bench.storage(), "lun0.img"), "r+b") as storage, open(image, "rb") as old:
            storage.seek(8 * BLOCK)
            shutil.copyfileobj(old, storage, 1 << 22)

    run = bench.run(
        bench.command("flash", f"{region(bench.size)}={other}", "--delta", "--no-reboot", "--device", device), before=back)
    bench.check(other)
    row(f"--delta with {changed * 100 / bench.size:.1f} % changed, {place}", run, bench.size, full=full)
    os.remove(other)


def paced(bench, image, wire, size):
    part, little = os.path.join(bench.folder, "part.img"), os.path.join(bench.folder, "little.img")
    with open(image, "rb") as source, open(part, "wb") as file:
        file.write(source.read(size))
    with open(little, "wb") as file:
        file.write(b"\0" * BLOCK)
    copy = os.path.join(bench.folder, "copy.img")
    bench.fresh()
    server = bench.served(wire=wire)
    device = f"usbip:{server.first_line[2]}/1-1"
    # The first session loads the programmer, and every later one finds it running.
    bench.run(bench.command("write", region(BLOCK), little, "--device", device), repeat=1)
    for name, words, short in (
        ("program", ("write", region(size), part), ("write", region(BLOCK), little)),
        ("read", ("read", region(size), "-o", copy), ("read", region(BLOCK), "-o", copy))):
        # A session begins and ends beside the data: its time is known from one with next to none, and taken off.
        session = bench.run(bench.command(*short, "--device", device))
        os.path.exists(copy) and os.remove(copy)
        run = bench.run(bench.command(*words, "--device", device), before=lambda: os.path.exists(copy) and os.remove(copy))
        if name == "program":
            full = run
        row(f"{name}, USB/IP, --wire {wire}, whole command", run, size, bus=wire)
        data = Run(max(1e-9, run.wall - session.wall), run.processor, run.resident)
        row(f"{name}, USB/IP, --wire {wire}, without the session's start", data, size, bus=wire)
    if not filecmp.cmp(copy, part, shallow=False):
        sys.exit("bench: what was read differs from the image")
    os.remove(copy)
    less_than_all(bench, part, f"USB/IP, --wire {wire}", device, full)
    server.end()
    for path in (part, little):
        os.remove(path)


def many(bench, image, size):
    """The same work on one device and on eight at once; processor time of the hosts alone, all together."""
    part = os.path.join(bench.folder, "part.img")
    with open(image, "rb") as source, open(part, "wb") as file:
        file.write(source.read(size))
    for count in (1, 8):
        servers = [bench.served(f"many{index}") for index in range(count)]
        begin = time.perf_counter()
        hosts = []
        for server in servers:
            device = f"usbip:{server.first_line[2]}/1-1"
            hosts.append(subprocess.Popen(
                bench.command("write", region(size), part, "--device", device), stdout=subprocess.DEVNULL))
        processor = 0.0
        for host in hosts:
            _, status, usage = os.wait4(host.pid, 0)
            if status:
                sys.exit(f"bench: one of {count} hosts ended with {os.waitstatus_to_exitcode(status)}")
            processor += usage.ru_utime + usage.ru_stime
        run = Run(time.perf_counter() - begin, processor, 0)
        row(f"program, USB/IP, {count} device{'s' if count > 1 else ''} at once", run, size * count)
        for server in servers:
            server.end()
        for index in range(count):
            shutil.rmtree(bench.storage(f"many{index}"), ignore_errors=True)
    os.remove(part)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flashctl")
    parser.add_argument("--mebibytes", type=int, default=2048)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flashctl-bench.") as folder:
        image = os.path.join(folder, "image.img")
        size = make_image(image, options.mebibytes)
        bench = Bench(options.flashctl, folder, size, options.repeat)
        head(f"A simulated {MODEL}, {size >> 20} MiB (median of {options.repeat}; CPU and memory of flashctl's own process)")
        full = throughput(bench, image, "in-process", bench.simulated())
        less_than_all(bench, image, "in-process", bench.simulated(), full)
        bench.fresh()
        server = bench.served()
        device = f"usbip:{server.first_line[2]}/1-1"
        full = throughput(bench, image, "USB/IP", device)
        less_than_all(bench, image, "USB/IP", device, full)
        server.end()
        bench.fresh()
        many(bench, image, min(size, 256 << 20))
        paced(bench, image, "hs", size)
        paced(bench, image, "ss", size)


main()
