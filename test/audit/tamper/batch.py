"""verify.py, asked again and again: a line of arguments (JSON) in, its output and `exit N` out.

What a line of a log says is worked out once, however many copies hold it."""
import functools, json, os, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "docs"))
import verify

verify.read_record = functools.lru_cache(maxsize=20000)(verify.read_record)
for request in sys.stdin:
    sys.argv = ["verify.py", *json.loads(request)]
    print("exit %d" % verify.main(), flush=True)
