from ishowtts_bus.counters import MAX_SERIES, Counters


def test_counters_add_and_gauges_replace() -> None:
    counters = Counters()
    counters.add("shed_total", reason="full")
    counters.add("shed_total", 2, reason="full")
    counters.set("depth", 5)
    counters.set("depth", 3)
    samples = {sample.name: sample for sample in counters.samples()}
    assert samples["shed_total"].value == 3
    assert samples["shed_total"].kind == "counter"
    assert samples["shed_total"].labels == {"reason": "full"}
    assert samples["depth"].value == 3
    assert samples["depth"].kind == "gauge"


def test_labels_from_outside_cannot_grow_without_bound() -> None:
    counters = Counters()
    for n in range(MAX_SERIES + 50):
        counters.add("rooms_total", room=f"r{n}")
    assert len(counters.samples()) <= MAX_SERIES + 1
    assert counters.get("series_dropped") == 50
