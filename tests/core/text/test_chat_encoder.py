"""Conversations have the ids of transformers' ``apply_chat_template``, with each family of tokenizers and templates."""

import json

import pytest
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from recipe_tui.core.text.chat import CHAT
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.core.conftest import RECIPES

SPECIAL = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>"]
SPECIAL += ["<|eot_id|>", "<|end_of_text|>"]

LLAMA_3 = (
    "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
TEMPLATES = {
    "chatml": (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    ),
    "llama-3": LLAMA_3,
    "llama-2": (
        "{% for message in messages %}{% if message['role'] == 'user' %}{{ bos_token }}[INST] {{ message['content'] }} "
        "[/INST]{% else %} {{ message['content'] }} {{ eos_token }}{% endif %}{% endfor %}"
    ),
    "zephyr": (
        "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}\n"
        "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
    ),
    "thinking": (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['role'] == 'assistant' %}"
        "<think>\n\n</think>\n\n{% endif %}{{ message['content'] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n"
        "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
    ),
    "plain text": (
        "{% for message in messages %}{{ message['role'] }}:\n\n{{ message['content'] }}\n\n{% endfor %}"
        "{% if add_generation_prompt %}assistant:\n\n{% endif %}"
    ),
}
WORDS = r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level(words):
    backend = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=words is None)
    splits = [] if words is None else [pre_tokenizers.Split(Regex(words), behavior="isolated")]
    backend.pre_tokenizer = pre_tokenizers.Sequence([*splits, level])
    backend.decoder = decoders.ByteLevel()
    return backend, pre_tokenizers.ByteLevel.alphabet()


def sentence_piece(prepended):
    backend = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    spaces = normalizers.Replace(" ", "▁")
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), spaces]) if prepended else spaces
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    backend.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if prepended else steps)
    return backend, [f"<0x{byte:02X}>" for byte in range(256)]


def metaspace(scheme):
    backend = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    backend.decoder = decoders.Sequence([decoders.Metaspace(), decoders.ByteFallback(), decoders.Fuse()])
    return backend, [f"<0x{byte:02X}>" for byte in range(256)]


FAMILIES = {
    "gpt-2": lambda: byte_level(None),
    "llama-3": lambda: byte_level(WORDS),
    "prepend": lambda: sentence_piece(True),
    "legacy-false": lambda: sentence_piece(False),
    "metaspace-first": lambda: metaspace("first"),
    "metaspace-always": lambda: metaspace("always"),
}


@pytest.fixture(scope="module", params=FAMILIES)
def backend(request):
    backend, alphabet = FAMILIES[request.param]()
    lines = [line for one in RECIPES for line in (one.title, *one.ingredients, "\n".join(one.steps))]
    lines += [f"\n\nWrite a {line}:\n- {line}\n\n" for line in lines]
    if alphabet[0].startswith("<0x"):
        trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=[*SPECIAL, *alphabet])
        backend.train_from_iterator(lines, trainer)
        data = json.loads(backend.to_str())
        names = {f"<0x{byte:02X}>" for byte in range(256)}
        if data["pre_tokenizer"]:
            data["pre_tokenizer"]["split"] = False  # as Llama 2 has it, whose pieces were learned word by word
        data["added_tokens"] = [one for one in data["added_tokens"] if one["content"] not in names]
        return Tokenizer.from_str(json.dumps(data))
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=SPECIAL, initial_alphabet=alphabet)
    backend.train_from_iterator(lines, trainer)
    backend.add_special_tokens([AddedToken(one, special=True, normalized=False) for one in SPECIAL])
    return backend


def save(backend, folder, template, eos="</s>"):
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token=eos, unk_token="<unk>", clean_up_tokenization_spaces=False
    )
    tokenizer.chat_template = template
    tokenizer.save_pretrained(str(folder))
    return folder


def question(recipe):
    return "".join(span.text for span in CHAT.spans(recipe)[:-1] if not span.special).split(recipe.steps[0])[0]


@pytest.mark.parametrize("template", TEMPLATES)
def test_ids_are_those_of_the_chat_template(backend, template, tmp_path):
    tokenizer = load_tokenizer(save(backend, tmp_path, TEMPLATES[template]))
    apply = tokenizer.hugging_face.apply_chat_template
    for recipe in RECIPES:
        asked = {"role": "user", "content": question(recipe)}
        answer = {"role": "assistant", "content": "\n".join(recipe.steps)}
        ids = tokenizer.encode_recipes([recipe]).ids.tolist()
        expected = apply([asked, answer], tokenize=True, return_dict=False)
        own = ids if template != "plain text" else ids[:-1]  # whose template ends with no token
        assert own == expected[: len(own)]
        assert ids[-1] == tokenizer.eos_id
        prompt = tokenizer.encode_spans(CHAT.prompt(recipe.title, recipe.ingredients))
        options = {"enable_thinking": False, "add_generation_prompt": True}
        assert prompt == apply([asked], tokenize=True, return_dict=False, **options)
        read = tokenizer.parse(ids)
        assert (read.title, read.ingredients, read.steps) == (recipe.title, recipe.ingredients, recipe.steps)


def test_a_text_ends_with_what_the_template_writes_and_with_every_configured_end(tmp_path):
    backend, alphabet = byte_level(WORDS)
    backend.train_from_iterator([], trainers.BpeTrainer(special_tokens=SPECIAL, initial_alphabet=alphabet))
    folder = save(backend, tmp_path, LLAMA_3, eos="<|end_of_text|>")
    own, turn, other = (backend.token_to_id(token) for token in ("<|end_of_text|>", "<|eot_id|>", "<|im_end|>"))
    (folder / "config.json").write_text(json.dumps({"eos_token_id": [own, turn]}))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [turn, other, 10**6, "x"]}))
    tokenizer = load_tokenizer(folder, "chat")
    assert tokenizer.eos_id == turn
    assert tokenizer.end_ids == {own, turn, other}
    assert tokenizer.encode_recipes(RECIPES[:1]).ids[-1] == turn
    assert load_tokenizer(folder, "sections").end_ids == {own, turn, other}
    assert load_tokenizer(folder, "sections").eos_id == own
