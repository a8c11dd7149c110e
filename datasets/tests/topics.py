"""The independent reader of `topics.rs`: pyarrow, on tables of topics.

`topics.py DIAGNOSTICS NOTHING EXPECTED` ends with an error where something is not as it should be.
"""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

diagnostics, nothing = pq.read_table(sys.argv[1]), pq.read_table(sys.argv[2])
with open(sys.argv[3], encoding="utf-8") as file:
    expected = json.load(file)

stamps = ["_log_time", "_publish_time", "_sequence"]
fields = ["header.stamp.sec", "header.stamp.nanosec", "header.frame_id", "status"]
assert diagnostics.column_names == stamps + fields, diagnostics.column_names
assert nothing.column_names == stamps and len(nothing) == 1, nothing
assert diagnostics.schema.field("_log_time").type == pa.timestamp("ns", "UTC"), diagnostics.schema
assert diagnostics.schema.metadata[b"type"] == b"diagnostic_msgs/msg/DiagnosticArray", diagnostics.schema.metadata
log = diagnostics.column("_log_time").cast(pa.int64()).to_pylist()
published = diagnostics.column("_publish_time").cast(pa.int64()).to_pylist()
assert log == [expected["begin"] + number for number in range(300)], log[:3]
assert published == [time - 7 for time in log], published[:3]
assert diagnostics.column("_sequence").to_pylist() == list(range(300))
for row, wanted in zip(diagnostics.select(fields).to_pylist(), expected["rows"], strict=True):
    stamp = wanted["header"]["stamp"]
    assert [row["header.stamp.sec"], row["header.stamp.nanosec"]] == [stamp["sec"], stamp["nanosec"]]
    assert row["header.frame_id"] == wanted["header"]["frame_id"]
    assert row["status"] == wanted["status"], (row["status"], wanted["status"])
