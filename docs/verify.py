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
NEUTRAL = (0, 1, 1, 0)


def plus(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def twice(p):
    a, b, c = p[0] * p[0], p[1] * p[1], 2 * p[2] * p[2]
    h = a + b
    e, g = h - (p[0] + p[1]) ** 2, a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(data):
    """The point that 32 bytes encode; None for what is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT % P
    if y >= P or v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=4096)  # directories that are verified together may be copies of one log
def is_signed(key, message, signature):
    """True if S·B - k·A is the R of the signature."""
    a = point(key) if len(key) == 32 and len(signature) == 64 else None
    s = int.from_bytes(signature[32:], "little")
    if a is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    terms = (None, BASE, minus_a, plus(BASE, minus_a))
    r = NEUTRAL
    for bit in range(252, -1, -1):  # both products in one pass
        r = twice(r)
        term = terms[(s >> bit & 1) + 2 * (k >> bit & 1)]
        r = plus(r, term) if term else r
    inverse = pow(r[2], P - 2, P)
    x, y = r[0] * inverse % P, r[1] * inverse % P
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
    if data is None or not re.fullmatch("0|[1-9][0-9]{0,14}", count):
        return None
    return int(count), data.hex()


def read_checkpoint(note):
    """The checkpoint in a signed note; None for what is none. Who signed it is another question: `is_signed_by`."""
    end = note.rfind("\n\n")
    if end < 0 or not note.endswith("\n"):
        return None
    signatures = []
    for line in note[end + 2 : -1].split("\n"):
        found = re.fullmatch(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
        blob = unbase64(found[2]) if found else None
        if blob is None or len(blob) < 5:
            return None
        signatures.append((found[1], blob))
    text = note[: end + 1]
    origin, count, head, *rest = text.split("\n")[:-1] + ["", "", ""] * (text.count("\n") < 3)
    stands = extent(count, head)
    if origin == "" or stands is None:
        return None
    segments = [line.split(" ") for line in rest if re.fullmatch("segment [^ ]* [^ ]* [^ ]*", line)]
    open_segments = {words[1]: extent(words[2], words[3]) for words in segments}
    return {
        "origin": origin,
        "stands": stands,
        "next": next((line[5:] for line in rest if line.startswith("next ")), None),
        "segments": {name: one for name, one in open_segments.items() if one},
        "text": text.encode("utf-8", "replace"),
        "signatures": signatures,
    }


def is_signed_by(checkpoint, name, key_text):
    """True if the key (base64) signed the checkpoint under the name. Four bytes before a signature tell its key."""
    key = unbase64(key_text or "", 32)
    if key is None:
        return False
    key_id = hashlib.sha256(name.encode("utf-8", "replace") + b"\n\x01" + key).digest()[:4]
    return any(
        signer == name and blob[:4] == key_id and is_signed(key, checkpoint["text"], blob[4:])
        for signer, blob in checkpoint["signatures"]
    )


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
        while True:
            kept = piece = file.readline(KEPT_BYTES)
            if not piece:
                return
            length = len(piece)
            while len(piece) == KEPT_BYTES and piece[-1:] != b"\n":  # a long line, in pieces
                piece = file.readline(KEPT_BYTES)
                length += len(piece)
            complete = piece[-1:] == b"\n"
            number, end = number + 1, end + length
            yield number, kept[:-1] if kept[-1:] == b"\n" else kept, length - complete, complete, end


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def no_constant(name):
    raise ValueError(name)  # NaN and Infinity are no JSON


def parse(text):
    """The value, and whether every number in it is one that all readers read alike: an integer below 2^53."""
    inexact = []

    def number(digits):
        value = int(digits) if len(digits) < 17 else 2**53
        return value if abs(value) < 2**53 else inexact.append(digits) or float(digits)

    value = json.loads(
        text, parse_constant=no_constant, parse_int=number, parse_float=lambda n: inexact.append(n) or float(n)
    )
    return value, not inexact


def in_order(value):
    """The value with keys in the order of RFC 8785: by UTF-16 code units."""
    if isinstance(value, dict):
        return {k: in_order(value[k]) for k in sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))}
    return [in_order(one) for one in value] if isinstance(value, list) else value


def compact(value, **more):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), **more)


def canonical(value, text):
    """RFC 8785. Without characters of two UTF-16 units, their order is that of the characters."""
    is_plain = text.isascii() and "\\u" not in text
    return (compact(value, sort_keys=True) if is_plain else compact(in_order(value))).encode("utf-8")


class Record:
    """A line, taken apart. `intact`: its hash is that of its content, and its text is the one text of its content."""

    def __init__(self, line):
        text = line.decode("utf-8", "replace")
        whole, is_exact = parse(text)
        self.time = whole.get("time")
        self.own = own = whole["unmapped"]["countersign"]
        self.kind, self.segment, self.seq, self.prev, self.hash = (
            own[k] for k in ("kind", "segment", "seq", "prev", "hash")
        )
        if not is_number(self.seq) or any(type(t) is not str for t in (self.kind, self.segment, self.prev, self.hash)):
            raise ValueError("not a record")
        unsealed = {k: v for k, v in own.items() if k != "hash"}
        try:
            content = {**whole, "unmapped": {**whole["unmapped"], "countersign": unsealed}}
            self.computed = hashlib.sha256(canonical(content, text)).hexdigest() if is_exact else ""
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


def is_alive(pid, start):
    """True if the process that wrote a file still runs on this machine: its calls may be on their way."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as boot, open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rpartition(")")[2].split()
            return fields[0] not in "ZX" and start == boot.read().strip() + ":" + fields[19]
    except (OSError, ValueError, TypeError, IndexError):
        return False


# --- The log ----------------------------------------------------------------------------------------------------------


class Log:
    def __init__(self, directory, held=None, key=None):
        self.directory = directory
        self.faults, self.notes, self.omitted, self.records = [], [], 0, 0
        self.entries = {}  # the registry: what the admin stream says of each calls file
        self.install, self.authority, self.named, self.known_key = "", None, None, key
        self.unsigned, self.owed, self.unproven, self.has_checkpoints = 0, None, [], False
        self.here, self.waiting, self.early = {}, {}, set()  # intents of this file, of others; outcomes without intent
        self.approved, self.asked, self.ran = set(), set(), {}
        self.held, self.must_be, self.gone = held, {}, ""
        if held:
            self.must_be = {
                **held["segments"],
                held["origin"].split("/")[2] if held["origin"].count("/") > 1 else "": held["stands"],
            }

    def fault(self, code, place, message):
        if len(self.faults) == MOST_FAULTS:
            self.omitted += 1
        else:
            self.faults.append({**dict(zip(("file", "line", "seq"), place)), "code": code, "message": message})

    def note(self, code, place, message):
        self.notes.append({**dict(zip(("file", "line", "seq"), place)), "code": code, "message": message})

    def verify(self):
        names = sorted(os.listdir(self.directory))
        admin = [name for name in names if re.fullmatch(r"admin-.*\.jsonl", name)]
        calls = [name for name in names if re.fullmatch(r"calls-.*\.jsonl", name)]
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
        return {
            **{"directory": self.directory, "ok": not self.faults, "records": self.records},
            **{"files": len(admin) + len(calls), "faults": self.faults, "omitted": self.omitted, "notes": self.notes},
        }

    def walk(self, file, seq, prevs, take, limit=None):
        """Each line against the one before. Proves that no record was changed, put in, taken out or moved."""
        end = {"line": 0, "torn": None, "beyond": 0, "records": 0}
        for number, line, length, complete, behind in lines(os.path.join(self.directory, file)):
            if not complete:
                end["torn"] = number
            elif limit is not None and behind > limit:
                end["beyond"] = end["beyond"] or number
            else:
                end["line"], end["records"] = number, end["records"] + 1
                seq, prevs = self.link(file, number, line, length, seq, prevs, take)
        self.records += end["records"]
        return seq, prevs, end

    def link(self, file, number, line, length, seq, prevs, take):
        if length > MAX_LINE_BYTES:
            self.fault("line_too_long", (file, number, seq), "no writer makes a line of %d bytes" % length)
        record = read_record(line)
        if record is None:
            self.fault("bad_json", (file, number, seq), "the line is not a record of this log")
            return seq + 1, []
        place = (file, number, record.seq)
        if not record.intact:
            self.fault("hash_mismatch", place, "the record was changed after it was written")
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
        names = list(left)
        last = self.walk_stream(left, following(left, ""), 0, [GENESIS])
        while left:  # files that nothing leads to: the one before is gone, or they were put there
            file, before = next(iter(left.items()))
            if before and before[0] != "" and before[0] not in names:
                self.fault("missing_file", (before[0], 0, None), "`%s` continues it" % file)
            else:
                self.fault("unknown_file", (file, 0, None), "the admin stream does not lead to this file")
            self.walk_stream(left, file, *((before[2], [before[3]]) if before else (0, [GENESIS])))
        if self.owed:
            self.note(
                "tail_unproven",
                self.owed,
                "the last record is not signed: a crash left it so, or somebody put it there",
            )
        if last:
            self.note("tail_unproven", (last, 0, None), "no store or checkpoint says where the admin stream should end")
        if self.authority is None and self.records > 0:
            if self.known_key is not None and not self.has_checkpoints:
                self.fault(
                    "key_missing", (names[0], 0, None), "the key of the installation is known, and the log names none"
                )
            self.note("unsigned", (names[0], 0, None), "no record of this log is signed")

    def walk_stream(self, left, file, seq, prevs):
        last = ""
        while file:
            del left[file]
            last, follower = file, following(left, file)
            bytes_, count, head = left[follower][1:] if follower else (None, None, None)
            seq, prevs, end = self.walk(file, seq, prevs, self.take_admin, bytes_)
            place = (file, end["torn"] or end["line"], seq)
            if end["torn"]:
                self.note("torn_tail", place, "half a line stands at the end; a crash left it")
            if follower:
                if seq < count:
                    self.fault("tail_missing", place, "the file that continues it knows %s records" % count)
                elif end["beyond"] and end["torn"] == end["beyond"] + 1:
                    self.note("unsigned_tail", (file, end["beyond"], seq), "nobody signed it, and the log went on without it")
                elif end["beyond"]:
                    self.fault(
                        "registry_mismatch", (file, end["beyond"], seq), "lines were added after the stream went on"
                    )
                elif seq > count or head not in prevs:
                    self.fault("prev_mismatch", place, "the file that continues it names another last record")
                seq, prevs = count, [head]
            file = follower
        return last

    def take_admin(self, record, place):
        if record.segment != "admin":
            self.fault("registry_mismatch", place, "the record belongs to another stream")
        if record.kind == "stream_opened" and not is_named_for(place[0], record.time, record.seq):
            self.fault("registry_mismatch", place, "the file bears another name than it was made with")
        self.register(record, place)
        self.sign_admin(record, place)
        self.compare("admin", record, place)

    def register(self, record, place):
        entry = record.own.get("entry")
        if not isinstance(entry, dict):
            return
        segment, file, count, head, key = (entry.get(k) for k in ("segment", "file", "count", "head", "key"))
        if type(segment) is not str or type(file) is not str:
            return
        known = self.entries.get(segment)
        if record.kind == "segment_opened":
            key = key if type(key) is str else None
            if key is None and self.authority is not None:
                self.fault("checkpoint_missing", place, "the segment was opened without a key that signs for it")
            if known:
                self.fault("registry_mismatch", place, "the segment was opened before")
            else:
                self.entries[segment] = {"file": file, "hash": record.hash, "key": key, "end": None, "pruned": False}
        elif is_number(count) and type(head) is str:
            if record.kind == "segment_pruned":
                self.prune(known, count, head, record, place)
            elif known is None:
                self.fault("registry_mismatch", place, "a segment ends here that was never opened")
            elif known["end"] and known["end"][:2] != (count, head):
                self.fault("registry_mismatch", place, "the segment ended before with another head")
            else:
                known["end"] = known["end"] or (count, head, record.kind == "segment_closed")

    def prune(self, known, count, head, record, place):
        """A file may be deleted when it has ended, as it ended, its time is over, and the deletion is signed."""
        if known is None or known["end"] is None or known["end"][:2] != (count, head):
            self.fault("registry_mismatch", place, "a file was deleted that had not ended so")
        elif not is_overdue(known["file"], record.own.get("retainDays"), record.time):
            self.fault("registry_mismatch", place, "a file was deleted before its time was over")
        elif self.authority is None:
            known["pruned"] = True
        else:
            self.unproven.append(known)

    def sign_admin(self, record, place):
        """Each checkpoint of the stream is signed by the installation's key, and by the key that the one before named.
        That key is destroyed when it has signed: whoever takes today's keys cannot make yesterday's signatures."""
        self.has_checkpoints = self.has_checkpoints or record.kind == "checkpoint"
        if record.kind == "stream_opened":
            self.owed = None  # a crash may have torn the checkpoint that was owed in the file before
            install, authority, key = (record.own.get(k) for k in ("install", "authority", "key"))
            self.install = self.install or (install if type(install) is str else "")
            if install != self.install:
                self.fault("checkpoint_bad", place, "the file belongs to another installation")
            if type(authority) is str:
                self.authority = self.authority or authority
                if authority != self.authority or self.known_key not in (None, authority):
                    self.fault("checkpoint_bad", place, "the file names another installation key")
                self.named = self.named or (key if type(key) is str else None)
        elif self.authority is None:
            return
        elif record.kind != "checkpoint":
            if self.owed:
                self.fault("checkpoint_missing", self.owed, "the record was never signed: no checkpoint follows it")
            self.unsigned += 1
            # Openings of segments are signed with whatever comes next; everything else at once.
            is_due = record.kind != "segment_opened" or self.unsigned > CHECKPOINT_RECORDS
            self.owed = place if is_due else None
        else:
            self.owed, self.unsigned = None, 0
            self.check_admin(self.standing(record, "admin", place), place)

    def check_admin(self, read, place):
        if read is None:
            return
        is_ours = read["next"] is not None and is_signed_by(read, "countersign/" + self.install, self.authority)
        if not is_ours:
            self.fault("checkpoint_bad", place, "the checkpoint is not signed by the key of the installation")
        if self.named is not None and not is_signed_by(read, "countersign/%s/admin" % self.install, self.named):
            self.fault("key_restarted", place, "the checkpoint is not signed by the key that the stream had named")
            is_ours = False
        while is_ours and self.unproven:
            self.unproven.pop()["pruned"] = True
        self.named = read["next"] if read["next"] is not None else self.named

    def standing(self, record, segment, place):
        """Proves that the checkpoint was made for this place of this chain: its number and hash cover all before it."""
        note = record.own.get("note")
        read = read_checkpoint(note) if type(note) is str else None
        origin = "countersign/%s/%s" % (self.install, segment)
        if read is None or read["origin"] != origin or read["stands"] != (record.seq, record.prev):
            self.fault("checkpoint_bad", place, "the checkpoint does not say where its chain stands")
            return None
        return read

    # A calls file: a chain of its own, from the registry line that opened it to the one that says how it ended.

    def verify_segment(self, segment, entry):
        file, end = entry["file"], entry["end"]
        try:
            if not re.fullmatch(r"calls-[^/]*\.jsonl", file):
                raise ValueError("the registry names no log file")
            walk = Segment(self, segment, entry)
            seq, prevs, found = self.walk(file, 0, [GENESIS], walk.take)
        except FileNotFoundError:
            if entry["pruned"]:
                self.must_be.pop(segment, None)
                self.gone = file
            elif end:
                self.fault("missing_file", (file, 0, None), "the registry knows %s records of this segment" % end[0])
            else:
                self.fault(
                    "never_started", (file, 0, None), "no file, and without the store nobody knows if there was one"
                )
            return
        except (OSError, ValueError) as error:
            self.fault("unreadable", (file, 0, None), str(error))
            return
        place = (file, found["line"], seq - 1)
        if end:
            self.check_end(end, seq, prevs, place, found["torn"])
        elif found["records"] == 0:
            self.note("never_started", (file, 0, None), "its process ended before the first record")
        elif not walk.is_live:
            self.note("tail_unproven", place, "the segment was never closed; records may be missing at its end")
        if not (walk.is_live and end is None):
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

    # What records may say by themselves and the log as a whole may not.

    def compare(self, chain, record, place):
        """Here stood, when the checkpoint was kept, a record with that hash."""
        count, head = self.must_be.get(chain, (0, ""))
        if count and record.seq == count - 1:
            del self.must_be[chain]
            if record.hash != head or not record.intact:
                self.fault(
                    "checkpoint_mismatch", place, "the checkpoint that was kept elsewhere has another record here"
                )

    def judge(self, record, place):
        own, kind, request = record.own, record.kind, record.own.get("request")
        if type(request) is str and kind in ("intent", "intent_carried"):
            self.waiting.pop(request, None)  # a carried intent stands for the one of the file before
            self.here[request] = place
        elif type(request) is str and kind == "outcome":
            found = [intents.pop(request, None) for intents in (self.here, self.waiting)]
            if found == [None, None]:
                self.early.add(request)
        approval = own.get("approval") if type(own.get("approval")) is str else None
        if kind == "approval_requested" and approval is not None:
            self.asked.add(approval)
        if (
            kind == "approval_decided"
            and own.get("accepted") is True
            and own.get("verdict") == "approve"
            and approval is not None
        ):
            self.approved.add(approval)
            self.ran.pop(approval, None)
        if kind == "intent" and approval is not None and approval not in self.approved:
            self.ran[approval] = place
        uses = own.get("quota") if isinstance(own.get("quota"), list) else []
        if (
            kind == "intent"
            and approval is None
            and any(isinstance(u, dict) and u.get("used") == ">100%" for u in uses)
        ):
            self.fault("cap_exceeded", place, "the call went above a cap, and nobody signed that it may")

    def judge_calls(self):
        for request, place in self.waiting.items():
            if request not in self.early:
                self.fault("intent_without_outcome", place, "the call was allowed and its outcome was never recorded")
        is_pruned = any(entry["pruned"] for entry in self.entries.values())
        for approval, place in self.ran.items():
            if is_pruned and approval not in self.asked:
                self.note("pruned", place, "the approval of this call is not in the files that are left")
            else:
                self.fault(
                    "approval_missing", place, "the call ran under an approval that nobody is recorded to have given"
                )

    def judge_held(self):
        """The checkpoint must be of this installation, and all that it counts must still be there."""
        segment = self.held["origin"].split("/")[2] if self.held["origin"].count("/") > 1 else ""
        key = self.entries.get(segment, {}).get("key")
        is_ours = is_signed_by(self.held, "countersign/" + self.install, self.authority)
        if not is_ours and not is_signed_by(self.held, "countersign/%s/%s" % (self.install, segment), key):
            self.fault(
                "checkpoint_bad", (self.held["file"], 0, None), "the checkpoint is not signed by this installation"
            )
        for name, (count, _) in self.must_be.items():
            if count > 0:
                message = "the checkpoint knows %d records of `%s`, and they are not all there" % (count, name)
                self.fault("checkpoint_mismatch", (self.held["file"], 0, None), message)


class Segment:
    """What a calls file must say and bear: the registry line it belongs to, and signatures by the key named there."""

    def __init__(self, log, segment, entry):
        self.log, self.segment, self.entry = log, segment, entry
        self.unsigned, self.last, self.is_live = 0, -1, False

    def take(self, record, place):
        if record.seq == 0:
            self.take_first(record, place)
        if record.segment != self.segment:
            self.log.fault("registry_mismatch", place, "the record belongs to another segment")
        if self.entry["key"] is not None:
            self.check_signed(record, place)
        self.log.compare(self.segment, record, place)
        self.log.judge(record, place)

    def check_signed(self, record, place):
        """No more than so many records stand without a signature, and none at the end of a file that was closed."""
        if record.kind == "checkpoint":
            self.unsigned, self.last = 0, record.seq
            read = self.log.standing(record, self.segment, place)
            if read and not is_signed_by(read, read["origin"], self.entry["key"]):
                self.log.fault("checkpoint_bad", place, "the checkpoint is not signed by the key of its segment")
            return
        self.unsigned += 1
        if self.unsigned == CHECKPOINT_RECORDS + 1:
            self.log.fault(
                "checkpoint_missing", place, "more than %d records without a checkpoint" % CHECKPOINT_RECORDS
            )
        if record.kind == "segment_close" and record.seq != self.last + 1:
            self.log.fault("checkpoint_missing", place, "the segment was closed without a checkpoint before its end")

    def take_first(self, record, place):
        registry, own = record.own.get("registry"), record.own
        line = registry.get("hash") if isinstance(registry, dict) else None
        if record.kind != "segment_open" or line != self.entry["hash"] or own.get("key") != self.entry["key"]:
            self.log.fault(
                "registry_mismatch", place, "the first record does not name the registry line of this segment"
            )
        self.is_live = is_alive(own.get("pid"), own.get("processStart"))


def continued(record):
    """(file, bytes, count, hash) of the place that a first record continues; None if it names none."""
    before = record.own.get("continues") if record else None
    if not isinstance(before, dict):
        return None
    file, bytes_, count, head = (before.get(k) for k in ("file", "bytes", "count", "hash"))
    if type(file) is not str or type(head) is not str or not is_number(bytes_) or not is_number(count):
        return None
    return file, bytes_, count, head


def following(files, file):
    return next((name for name, before in files.items() if before and before[0] == file), None)


def is_named_for(file, time_ms, seq):
    """True for the name of a file of the admin stream whose first record has this time and number."""
    found = re.fullmatch(r"admin-([0-9]{8})-([0-9]{10,})(?:-[1-9][0-9]*)?\.jsonl", file)
    try:
        return (
            found is not None
            and int(found[2]) == seq
            and time.strftime("%Y%m%d", time.gmtime(time_ms // 1000)) == found[1]
        )
    except (ValueError, OverflowError, OSError, TypeError):
        return False


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


def printable(text):
    return "".join(c if c.isprintable() else "?" for c in text).encode("ascii", "backslashreplace").decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="+", help="the audit directory, or a copy of it")
    parser.add_argument("--checkpoint", metavar="FILE", help="a checkpoint that was kept elsewhere")
    parser.add_argument(
        "--key", help="the key that must have signed the log, as `countersign audit checkpoint` shows it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each directory")
    parser.epilog = (
        "exit codes: 0 no fault, 1 a fault was found, 2 wrong usage\nexample: verify.py ~/.countersign/audit"
    )
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
        print(
            "%s: %d records in %d files, %d faults"
            % (
                "ok" if report["ok"] else "NOT OK",
                report["records"],
                report["files"],
                len(report["faults"]) + report["omitted"],
            )
        )
    return 0 if is_ok else 1


if __name__ == "__main__":
    sys.exit(main())
