#!/usr/bin/env python3
"""Verifies an audit log of Countersign with nothing of Countersign: Python 3.9 and its standard library.

It reads the files and nothing else. What the files cannot show by themselves (that the end of the last file was cut,
that everything was put back to an earlier state, that everything was made anew) a checkpoint shows that was kept
elsewhere: give it with --checkpoint. docs/audit.md says what the records and the codes of the faults mean."""

import argparse, base64, calendar, functools, hashlib, json, os, re, sys, time

GENESIS = "0" * 64  # what stands in `prev` of a first record
MAX_LINE_BYTES = 8000
KEPT_BYTES = 65536  # of a longer line only the length is looked at, so memory does not grow with the file
CHECKPOINT_RECORDS = 256  # no chain goes on for longer without a signature
MOST_FAULTS = 1000
DAY_MS = 86400000

# --- Ed25519 (RFC 8032, section 5.1), in extended coordinates ---------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # a square root of -1


def plus(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(data):
    """The point that 32 bytes encode; None for what is none."""
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    x = x * ROOT % P if v * x * x % P == -u % P else x
    if y >= P or v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=4096)  # directories that are verified together may be copies of one log
def is_signed(key, message, signature):
    """True if S·B - k·A is the R of the signature."""
    a, s = point(key) if len(key) == 32 and len(signature) == 64 else None, int.from_bytes(signature[32:], "little")
    if a is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    r, minus_a = (0, 1, 1, 0), (P - a[0], a[1], 1, P - a[3])
    terms = (r, BASE, minus_a, plus(BASE, minus_a))
    for bit in range(252, -1, -1):  # both products in one pass
        r = plus(plus(r, r), terms[(s >> bit & 1) + 2 * (k >> bit & 1)])
    x, y = (one * pow(r[2], P - 2, P) % P for one in r[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- Checkpoints: C2SP signed notes (origin, number of records, last hash, lines of our own, signatures) --------------


def unbase64(text, length=None):
    """The bytes, if the text is the one base64 form of so many (of any number); else None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if length in (None, len(data)) and base64.b64encode(data).decode() == text else None


def extent(count, head):
    data = unbase64(head, 32)
    return (int(count), data.hex()) if data is not None and re.fullmatch("0|[1-9][0-9]{0,14}", count) else None


def read_checkpoint(note):
    """The checkpoint in a signed note; None for what is none. Who signed it is another question: `is_signed_by`."""
    text, separator, tail = note.rpartition("\n\n") if type(note) is str else ("", "", "")
    found = [re.fullmatch(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line) for line in tail[:-1].split("\n")]
    signatures = [(one[1], unbase64(one[2]) or b"") for one in found if one]
    origin, count, head, *rest = text.split("\n") + ["", "", ""]
    stands = extent(count, head)
    if not separator or not note.endswith("\n") or None in found or origin == "" or stands is None:
        return None
    if any(len(blob) < 5 for _, blob in signatures):
        return None
    words = [line.split(" ") for line in rest if re.fullmatch("segment [^ ]* [^ ]* [^ ]*", line)]
    opened = {name: extent(count, head) for _, name, count, head in words}
    return {
        **{"origin": origin, "chain": (origin.split("/") + [""] * 3)[2], "stands": stands, "signatures": signatures},
        **{"text": (text + "\n").encode("utf-8", "replace"), "segments": {k: v for k, v in opened.items() if v}},
        "next": next((line[5:] for line in rest if line.startswith("next ")), None),
    }


def is_signed_by(checkpoint, name, key_text):
    """True if the key (base64) signed the checkpoint under the name. Four bytes before a signature tell its key."""
    key, named = unbase64(key_text or "", 32), name.encode("utf-8", "replace")
    mine = key and hashlib.sha256(named + b"\n\x01" + key).digest()[:4]
    blobs = [blob for signer, blob in checkpoint["signatures"] if signer == name and blob[:4] == mine]
    return any(is_signed(key, checkpoint["text"], blob[4:]) for blob in blobs)


def read_verifier_key(text):
    """The public key (base64) in the text form of C2SP: name, key id, and 0x01 with the key."""
    found = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})", text)
    data = unbase64(found[3], 33) if found else None
    if data is None or data[0] != 1 or hashlib.sha256(found[1].encode() + b"\n" + data).hexdigest()[:8] != found[2]:
        return None
    return base64.b64encode(data[1:]).decode()


# --- Records ----------------------------------------------------------------------------------------------------------


def lines(path):
    """(number, bytes, length, complete, end) of each line."""
    with open(path, "rb") as file:
        number = end = 0
        while kept := (piece := file.readline(KEPT_BYTES)):
            length = len(piece)
            while len(piece) == KEPT_BYTES and piece[-1:] != b"\n":  # a long line, in pieces
                piece = file.readline(KEPT_BYTES)
                length += len(piece)
            complete, number, end = piece[-1:] == b"\n", number + 1, end + length
            yield number, kept[:-1] if kept[-1:] == b"\n" else kept, length - complete, complete, end


def is_number(value):
    return type(value) in (int, float)


def text_of(value):
    return value if type(value) is str else None


def values(of, *names):
    return [of.get(name) if isinstance(of, dict) else None for name in names]


def parse(text):
    """The value, and whether every number in it is one that all readers read alike: an integer below 2^53."""
    inexact = []

    def number(digits):
        value = int(digits) if len(digits) < 17 else 2**53
        return value if abs(value) < 2**53 else inexact.append(digits) or float(digits)

    def constant(name):
        raise ValueError(name)  # NaN and Infinity are no JSON

    floating = lambda digits: inexact.append(digits) or float(digits)
    return json.loads(text, parse_constant=constant, parse_int=number, parse_float=floating), not inexact


def in_order(value):
    """The value with keys in the order of RFC 8785: by UTF-16 code units."""
    if isinstance(value, dict):
        return {k: in_order(value[k]) for k in sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))}
    return [in_order(one) for one in value] if isinstance(value, list) else value


def compact(value, **more):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), **more)


class Record:
    """A line, taken apart. `intact`: its hash is that of its content, and its text is the one text of its content."""

    def __init__(self, line):
        text = line.decode("utf-8", "replace")
        whole, is_exact = parse(text)
        self.time, self.own = whole.get("time"), whole["unmapped"]["countersign"]
        texts = [self.own[k] for k in ("kind", "segment", "prev", "hash")]
        (self.kind, self.segment, self.prev, self.hash), self.seq = texts, self.own["seq"]
        if not is_number(self.seq) or any(type(text) is not str for text in texts):
            raise ValueError("not a record")
        unsealed = {k: v for k, v in self.own.items() if k != "hash"}
        is_plain = text.isascii() and "\\u" not in text  # then the order of UTF-16 units is that of the characters
        try:
            content = {**whole, "unmapped": {**whole["unmapped"], "countersign": unsealed}}
            canonical = compact(content, sort_keys=True) if is_plain else compact(in_order(content))
            self.computed = hashlib.sha256(canonical.encode("utf-8")).hexdigest() if is_exact else ""
        except (ValueError, RecursionError):  # half a character: no canonical form, so no hash
            self.computed = ""
        # A key written twice, white space, another escape: the value is the same, the text is not.
        written = re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda c: "\\u%04x" % ord(c[0]), compact(whole))
        self.intact = self.computed == self.hash != "" and written.encode("utf-8", "surrogatepass") == line


def read_record(line):
    try:
        return Record(line)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def continued(record):
    """(file, bytes, count, hash) of the place that a first record continues; None if it names none."""
    file, size, count, head = values(record and record.own.get("continues"), "file", "bytes", "count", "hash")
    is_whole = text_of(file) is not None and text_of(head) is not None and is_number(size) and is_number(count)
    return (file, size, count, head) if is_whole else None


def is_alive(pid, start):
    """True if the process that wrote a file still runs on this machine: its calls may be on their way."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as boot, open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rpartition(")")[2].split()
            return fields[0] not in "ZX" and start == boot.read().strip() + ":" + fields[19]
    except (OSError, ValueError, TypeError, IndexError):
        return False


def is_named_for(file, time_ms, seq):
    """True for the name of a file of the admin stream whose first record has this time and number."""
    found = re.fullmatch(r"admin-([0-9]{8})-([0-9]{10,})(?:-[1-9][0-9]*)?\.jsonl", file)
    try:
        day = time.strftime("%Y%m%d", time.gmtime(time_ms // 1000))
    except (ValueError, OverflowError, OSError, TypeError):
        return False
    return found is not None and (found[1], int(found[2])) == (day, seq)


def is_overdue(file, days, time_ms):
    """True if the day in the file's name was over for so many days."""
    found = re.match(r"calls-([0-9]{4})([0-9]{2})([0-9]{2})-", file)
    if not found or not is_number(days) or not is_number(time_ms) or days < 1:
        return False
    try:
        day_ms = calendar.timegm((int(found[1]), int(found[2]), int(found[3]) + 1, 0, 0, 0)) * 1000
    except (ValueError, OverflowError):
        return False
    return time_ms - day_ms >= days * DAY_MS


# --- The log ----------------------------------------------------------------------------------------------------------


class Log:
    def __init__(self, directory, held=None, key=None):
        self.directory, self.held, self.known_key = directory, held, key
        self.faults, self.notes, self.omitted, self.records = [], [], 0, 0
        self.entries = {}  # the registry: what the admin stream says of each calls file
        self.install, self.authority, self.named = "", None, None
        self.unsigned, self.owed, self.unproven, self.has_checkpoints = 0, None, [], False
        self.here, self.waiting, self.early = {}, {}, set()  # intents of this file, of others; outcomes without intent
        self.approved, self.asked, self.ran = set(), set(), {}
        self.must_be, self.gone = {**held["segments"], held["chain"]: held["stands"]} if held else {}, ""

    def note(self, *words):
        self.notes.append(finding(*words))

    def fault(self, *words):
        self.faults.append(finding(*words))
        self.omitted += len(self.faults) > MOST_FAULTS
        del self.faults[MOST_FAULTS:]

    def require(self, holds, code, place, message):
        if not holds:
            self.fault(code, place, message)

    def verify(self):
        names = sorted(os.listdir(self.directory))
        admin, calls = ([name for name in names if re.fullmatch(of + r"-.*\.jsonl", name)] for of in ("admin", "calls"))
        self.verify_admin(admin)
        for segment, entry in self.entries.items():
            self.verify_segment(segment, entry)
        if self.gone:
            self.note("pruned", (self.gone, 0, None), "files were deleted when their time was over; this is the last")
        self.judge_calls()
        if self.held:
            self.judge_held()
        known = {entry["file"] for entry in self.entries.values()}
        for name in names:
            if name in calls and name not in known:
                self.fault("unknown_file", (name, 0, None), "the registry does not know this file")
            elif name not in admin and name not in calls and name != "ballast":
                self.note("foreign_file", (name, 0, None), "the file does not belong to the log")
        report = {"directory": self.directory, "ok": not self.faults, "records": self.records}
        report.update(files=len(admin) + len(calls), faults=self.faults, omitted=self.omitted, notes=self.notes)
        return report

    def walk(self, file, seq, prevs, take, limit=None):
        """Each line against the one before. Proves that no record was changed, put in, taken out or moved."""
        last, torn, beyond, records = 0, None, 0, 0
        for number, line, length, complete, behind in lines(os.path.join(self.directory, file)):
            if not complete:
                torn = number
            elif limit is not None and behind > limit:
                beyond = beyond or number
            else:
                last, records = number, records + 1
                seq, prevs = self.link(file, number, line, length, seq, prevs, take)
        self.records += records
        return seq, prevs, last, torn, beyond

    def link(self, file, number, line, length, seq, prevs, take):
        record, here = read_record(line), (file, number, seq)
        self.require(length <= MAX_LINE_BYTES, "line_too_long", here, "no writer makes a line of %d bytes" % length)
        self.require(record, "bad_json", here, "the line is not a record of this log")
        if record is None:
            return seq + 1, []
        place = (file, number, record.seq)
        self.require(record.intact, "hash_mismatch", place, "the record was changed after it was written")
        if record.seq != seq:
            self.fault("seq_gap", place, "number %s was expected here" % seq)
        elif prevs and record.prev not in prevs:
            self.fault("prev_mismatch", place, "the record does not follow the one before it")
        take(record, place)
        return record.seq + 1, [record.hash] if record.intact else [record.hash, record.computed]

    # The admin stream: one chain over its files. Each file's first record says which record of which file it continues.

    def verify_admin(self, names):
        left = {}
        for name in names:
            try:
                first = next(lines(os.path.join(self.directory, name)), None)
            except OSError as error:
                self.fault("unreadable", (name, 0, None), str(error))
                continue
            if first is None or not first[3]:
                self.note("torn_tail", (name, 0, None), "the file holds no complete record; a crash left it")
            else:
                left[name] = continued(read_record(first[1]))
        names, before = list(left), ("", 0, 0, GENESIS)
        last = self.walk_stream(left, following(left, ""), 0, [GENESIS])
        while left:  # files that nothing leads to: the one before is gone, or they were put there
            file, before = next(iter(left.items()))
            if before and before[0] not in ("", *names):
                self.fault("missing_file", (before[0], 0, None), "`%s` continues it" % file)
            else:
                self.fault("unknown_file", (file, 0, None), "the admin stream does not lead to this file")
            self.walk_stream(left, file, before[2] if before else 0, [before[3] if before else GENESIS])
        if self.owed:
            self.note("tail_unproven", self.owed, "the last record is not signed: left by a crash, or put there")
        if last:
            self.note("tail_unproven", (last, 0, None), "no store or checkpoint says where the admin stream should end")
        if self.authority is None and self.records > 0:
            if self.known_key is not None and not self.has_checkpoints:
                self.fault("key_missing", (names[0], 0, None), "the installation has a key, and the log names none")
            self.note("unsigned", (names[0], 0, None), "no record of this log is signed")

    def walk_stream(self, left, file, seq, prevs):
        last = ""
        while file:
            del left[file]
            last, follower = file, following(left, file)
            size, count, head = left[follower][1:] if follower else (None, None, None)
            seq, prevs, line, torn, beyond = self.walk(file, seq, prevs, self.take_admin, size)
            place, behind = (file, torn or line, seq), (file, beyond, seq)
            if torn:
                self.note("torn_tail", place, "half a line stands at the end; a crash left it")
            if follower:
                if seq < count:
                    self.fault("tail_missing", place, "the file that continues it knows %s records" % count)
                elif beyond and torn == beyond + 1:
                    self.note("unsigned_tail", behind, "nobody signed it, and the log went on without it")
                elif beyond:
                    self.fault("registry_mismatch", behind, "lines were added after the stream went on")
                elif seq > count or head not in prevs:
                    self.fault("prev_mismatch", place, "the file that continues it names another last record")
                seq, prevs = count, [head]
            file = follower
        return last

    def take_admin(self, record, place):
        is_named = record.kind != "stream_opened" or is_named_for(place[0], record.time, record.seq)
        self.require(record.segment == "admin", "registry_mismatch", place, "the record belongs to another stream")
        self.require(is_named, "registry_mismatch", place, "the file bears another name than it was made with")
        self.register(record, place)
        self.sign_admin(record, place)
        self.compare("admin", record, place)

    def register(self, record, place):
        segment, file, count, head, key = values(record.own.get("entry"), "segment", "file", "count", "head", "key")
        if type(segment) is not str or type(file) is not str:
            return
        known, ended, why = self.entries.get(segment), (count, head), None
        if record.kind == "segment_opened":
            is_keyed = text_of(key) is not None or self.authority is None
            self.require(is_keyed, "checkpoint_missing", place, "the segment was opened without a key to sign for it")
            new = {"file": file, "hash": record.hash, "key": text_of(key), "end": None, "pruned": False}
            self.entries.setdefault(segment, new)
            why = "the segment was opened before" if known else None
        elif not is_number(count) or type(head) is not str:
            return
        elif record.kind == "segment_pruned":  # only as it ended, when its time is over, and signed
            if known is None or known["end"] is None or known["end"][:2] != ended:
                why = "a file was deleted that had not ended so"
            elif not is_overdue(known["file"], record.own.get("retainDays"), record.time):
                why = "a file was deleted before its time was over"
            elif self.authority is None:
                known["pruned"] = True
            else:
                self.unproven.append(known)
        elif known is None:
            why = "a segment ends here that was never opened"
        elif known["end"] and known["end"][:2] != ended:
            why = "the segment ended before with another head"
        else:
            known["end"] = known["end"] or (*ended, record.kind == "segment_closed")
        if why:
            self.fault("registry_mismatch", place, why)

    def sign_admin(self, record, place):
        """Each checkpoint of the stream is signed by the installation's key, and by the key that the one before named.
        That key is destroyed when it has signed: whoever takes today's keys cannot make yesterday's signatures."""
        self.has_checkpoints = self.has_checkpoints or record.kind == "checkpoint"
        if record.kind == "stream_opened":
            self.owed = None  # a crash may have torn the checkpoint that was owed in the file before
            install, authority, key = values(record.own, "install", "authority", "key")
            self.install = self.install or text_of(install) or ""
            self.require(install == self.install, "checkpoint_bad", place, "the file belongs to another installation")
            if type(authority) is str:
                self.authority = self.authority or authority
                is_its = authority == self.authority and self.known_key in (None, authority)
                self.require(is_its, "checkpoint_bad", place, "the file names another installation key")
                self.named = self.named or text_of(key)
        elif self.authority is None:
            return
        elif record.kind == "checkpoint":
            self.owed, self.unsigned = None, 0
            self.check_admin(self.standing(record, "admin", place), place)
        else:
            self.require(not self.owed, "checkpoint_missing", self.owed, "no checkpoint follows, so it was never signed")
            self.unsigned += 1  # openings of segments are signed with whatever comes next; everything else at once
            is_due = record.kind != "segment_opened" or self.unsigned > CHECKPOINT_RECORDS
            self.owed = place if is_due else None

    def check_admin(self, read, place):
        if read is None:
            return
        is_ours = read["next"] is not None and is_signed_by(read, "countersign/" + self.install, self.authority)
        is_next = self.named is None or is_signed_by(read, "countersign/%s/admin" % self.install, self.named)
        self.require(is_ours, "checkpoint_bad", place, "the checkpoint is not signed by the key of the installation")
        self.require(is_next, "key_restarted", place, "the checkpoint is not signed by the key that was named for it")
        while is_ours and is_next and self.unproven:
            self.unproven.pop()["pruned"] = True
        self.named = read["next"] if read["next"] is not None else self.named

    def standing(self, record, segment, place):
        """Proves that the checkpoint was made for this place of this chain: its number and hash cover all before it."""
        read, origin = read_checkpoint(record.own.get("note")), "countersign/%s/%s" % (self.install, segment)
        if read and (read["origin"], read["stands"]) == (origin, (record.seq, record.prev)):
            return read
        self.fault("checkpoint_bad", place, "the checkpoint does not say where its chain stands")
        return None

    # A calls file: a chain of its own, from the registry line that opened it to the one that says how it ended.

    def verify_segment(self, segment, entry):
        file, end, state = entry["file"], entry["end"], {"unsigned": 0, "last": -1, "live": False}
        nothing = (file, 0, None)
        try:
            if not re.fullmatch(r"calls-[^/]*\.jsonl", file):
                raise ValueError("the registry names no log file")
            take = functools.partial(self.take_call, segment, entry, state)
            seq, prevs, line, torn, _ = self.walk(file, 0, [GENESIS], take)
        except FileNotFoundError:
            if entry["pruned"]:
                self.must_be.pop(segment, None)
                self.gone = file
            elif end:
                self.fault("missing_file", nothing, "the registry knows %s records of this segment" % end[0])
            else:
                self.fault("never_started", nothing, "no file, and without the store nobody knows if there was one")
            return
        except (OSError, ValueError) as error:
            self.fault("unreadable", nothing, str(error))
            return
        place = (file, line, seq - 1)
        if end:
            self.check_end(end, seq, prevs, place, torn)
        elif line == 0:
            self.note("never_started", nothing, "its process ended before the first record")
        elif not state["live"]:
            self.note("tail_unproven", place, "the segment was never closed; records may be missing at its end")
        if end or not state["live"]:
            self.waiting.update(self.here)
        self.here = {}

    def check_end(self, end, seq, prevs, place, torn):
        """Proves that no end of a file is missing: the registry holds its number of records and last hash."""
        count, head, closed = end
        if torn and closed:
            self.fault("torn_line", (place[0], torn, seq), "half a line stands at the end of a closed segment")
        elif torn:
            self.note("torn_tail", (place[0], torn, seq), "half a line stands at the end; a crash left it")
        if seq < count:
            self.fault("tail_missing", place, "the registry knows %s records of this segment" % count)
        elif seq > count or head not in prevs:
            self.fault("registry_mismatch", place, "the registry ended this segment elsewhere")

    def take_call(self, segment, entry, state, record, place):
        own = record.own
        if record.seq == 0:
            (line,) = values(own.get("registry"), "hash")
            is_its = (record.kind, line, own.get("key")) == ("segment_open", entry["hash"], entry["key"])
            self.require(is_its, "registry_mismatch", place, "the first record does not name its registry line")
            state["live"] = is_alive(own.get("pid"), own.get("processStart"))
        self.require(record.segment == segment, "registry_mismatch", place, "the record belongs to another segment")
        if entry["key"] is not None:
            self.check_signed(segment, entry["key"], state, record, place)
        self.compare(segment, record, place)
        self.judge(own, record.kind, place)

    def check_signed(self, segment, key, state, record, place):
        """No more than so many records stand without a signature, and none at the end of a file that was closed."""
        if record.kind == "checkpoint":
            state["unsigned"], state["last"] = 0, record.seq
            read = self.standing(record, segment, place)
            is_ours = not read or is_signed_by(read, read["origin"], key)
            self.require(is_ours, "checkpoint_bad", place, "the checkpoint is not signed by the key of its segment")
            return
        state["unsigned"] += 1
        if state["unsigned"] == CHECKPOINT_RECORDS + 1:
            self.fault("checkpoint_missing", place, "more than %d records without a checkpoint" % CHECKPOINT_RECORDS)
        if record.kind == "segment_close" and record.seq != state["last"] + 1:
            self.fault("checkpoint_missing", place, "the segment was closed without a checkpoint before its end")

    # What records may say by themselves and the log as a whole may not.

    def compare(self, chain, record, place):
        """Here stood, when the checkpoint was kept, a record with that hash."""
        count, head = self.must_be.get(chain, (0, ""))
        if count and record.seq == count - 1:
            del self.must_be[chain]
            is_it = record.hash == head and record.intact
            self.require(is_it, "checkpoint_mismatch", place, "the checkpoint kept elsewhere has another record here")

    def judge(self, own, kind, place):
        request, approval = (text_of(own.get(name)) for name in ("request", "approval"))
        if request is not None and kind in ("intent", "intent_carried"):
            self.waiting.pop(request, None)  # a carried intent stands for the one of the file before
            self.here[request] = place
        elif request is not None and kind == "outcome":
            if [intents.pop(request, None) for intents in (self.here, self.waiting)] == [None, None]:
                self.early.add(request)
        if approval is not None and kind == "approval_requested":
            self.asked.add(approval)
        is_approval = own.get("accepted") is True and own.get("verdict") == "approve"
        if approval is not None and kind == "approval_decided" and is_approval:
            self.approved.add(approval)
            self.ran.pop(approval, None)
        if kind == "intent" and approval is not None and approval not in self.approved:
            self.ran[approval] = place
        uses = own.get("quota") if isinstance(own.get("quota"), list) else []
        if kind == "intent" and approval is None and any(values(use, "used") == [">100%"] for use in uses):
            self.fault("cap_exceeded", place, "the call went above a cap, and nobody signed that it may")

    def judge_calls(self):
        for request, place in self.waiting.items():
            is_ended = request in self.early
            self.require(is_ended, "intent_without_outcome", place, "the call was allowed, and no outcome was recorded")
        is_pruned = any(entry["pruned"] for entry in self.entries.values())
        for approval, place in self.ran.items():
            if is_pruned and approval not in self.asked:
                self.note("pruned", place, "the approval of this call is not in the files that are left")
            else:
                self.fault("approval_missing", place, "the call ran under an approval that no record shows to be given")

    def judge_held(self):
        """The checkpoint must be of this installation, and all that it counts must still be there."""
        segment, place = self.held["chain"], (self.held["file"], 0, None)
        key = self.entries.get(segment, {}).get("key")
        is_ours = is_signed_by(self.held, "countersign/" + self.install, self.authority)
        if not is_ours and not is_signed_by(self.held, "countersign/%s/%s" % (self.install, segment), key):
            self.fault("checkpoint_bad", place, "the checkpoint is not signed by this installation")
        for name, (count, _) in self.must_be.items():
            message = "the checkpoint knows %d records of `%s`, and they are not all there" % (count, name)
            self.require(count == 0, "checkpoint_mismatch", place, message)


def finding(code, place, message):
    return {**dict(zip(("file", "line", "seq"), place)), "code": code, "message": message}


def following(files, file):
    return next((name for name, before in files.items() if before and before[0] == file), None)


def printable(text):
    return "".join(c if c.isprintable() else "?" for c in text).encode("ascii", "backslashreplace").decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="+", help="the audit directory, or a copy of it")
    parser.add_argument("--checkpoint", metavar="FILE", help="a checkpoint that was kept elsewhere")
    parser.add_argument("--key", help="the key that must have signed, as `countersign audit checkpoint` shows it")
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each directory")
    parser.epilog = "exit codes: 0 no fault, 1 a fault was found, 2 wrong usage\nexample: verify.py /backup/audit"
    options, held, is_ok = parser.parse_args(), None, True
    if options.checkpoint:
        try:
            with open(options.checkpoint, encoding="utf-8", newline="") as file:
                held = read_checkpoint(file.read(1 << 20))
        except (OSError, ValueError) as error:
            parser.error(str(error))
        if held is None:
            parser.error("`%s` holds no checkpoint" % options.checkpoint)
        held["file"] = os.path.basename(options.checkpoint)
    key = options.key and read_verifier_key(options.key)
    if options.key and key is None:
        parser.error("`%s` is not a verifier key" % options.key)
    for directory in options.directory:
        try:
            report = Log(directory, held, key).verify()
        except OSError as error:
            parser.error("the audit directory cannot be read: %s" % error)
        is_ok = is_ok and report["ok"]
        if options.json:
            print(json.dumps(report))
            continue
        for what in ("faults", "notes"):
            for one in report[what]:
                words = (what[:-1], one["code"], one["file"], one["line"], one["message"])
                print(printable("%s %s: %s, line %s: %s" % words))
        counts = (report["records"], report["files"], len(report["faults"]) + report["omitted"])
        print("ok" if report["ok"] else "NOT OK", end=": ")
        print("%d records in %d files, %d faults" % counts)
    return 0 if is_ok else 1


if __name__ == "__main__":
    sys.exit(main())
