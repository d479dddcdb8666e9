from recipe_tui.core.machine import available_memory, main_memory


def test_a_containers_limit_counts_as_all_there_is(tmp_path):
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    memory = main_memory(tmp_path / "memory.max")
    assert (memory.total, memory.free) == (1_000_000, 600_000)
    (tmp_path / "memory.stat").write_text("anon 300000\ninactive_file 50000\nactive_file 50000\n")
    assert main_memory(tmp_path / "memory.max").free == 650_000
    assert available_memory().total > 0
