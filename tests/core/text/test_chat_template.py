import json
import time

import pytest

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.text import chat_template
from recipe_tui.core.text.chat_template import render


def test_a_template_is_rendered_as_transformers_does():
    template = "{% for m in messages %}{% generation %}{{ m | tojson }}{% endgeneration %}\n{% endfor %}{{ bos }}"
    variables = ({"messages": [{"b": "é", "a": 1}], "bos": "<s>"}, {"messages": []})
    assert render(template, tuple(map(json.dumps, variables))) == ('{"b": "é", "a": 1}<s>', "")


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "more than 1 seconds"),
        ("{{ 'a' * 10000000000 }}", "more than"),
        ("{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}", "more than"),
        ("{% for i in range(9999) %}{{ 'a' * 9999 }}{% endfor %}", "writes more than"),
        ("{{ 9 ** (9 ** 9) }}", "more than 1 seconds|fails"),
        ("{{ ''.__class__.__mro__ }}", "fails"),
        ("{{ raise_exception('no') }}", r"fails \(no\)"),
        ("{% for", "fails"),
        ("a" * (1 << 21), "longer than"),
    ],
    ids=["loops", "memory", "doubling", "output", "power", "escape", "exception", "syntax", "size"],
)
def test_a_hostile_template_ends_in_an_error_and_soon(template, complaint, monkeypatch):
    monkeypatch.setattr(chat_template, "CPU_SECONDS", 1)
    began = time.process_time()
    with pytest.raises(TokenizerError, match=complaint):
        render(template, ("{}",))
    assert time.process_time() - began < 5
