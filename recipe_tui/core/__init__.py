"""The core: recipes in, blocks, a fine-tuned checkpoint, a new recipe out. Knows nothing of any screen.

It can be used as a library::

    from recipe_tui.core.config import load_config
    from recipe_tui.core.generation.generator import Generator, Prompt
    from recipe_tui.core.training.loop import train

    config = load_config(data={"source": ["epicurious.jsonl"]}, model={"name": "gpt2"})
    result = train(config)
    generator = Generator.load(result.run)
    print(generator.generate(Prompt("Pumpkin Soup", ("1 small pumpkin",)), config.generation)[0].text)

Data flows one way through its packages: `recipes` (read, clean, find duplicates, split), `text` (lay out, tokenize),
`blocks` (pack, store), `model`, `generation`, `training`. Each imports only those before it.
"""
