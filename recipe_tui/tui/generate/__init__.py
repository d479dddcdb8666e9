"""The generation screen: a prompt, the decoding controls, and the text as it is written."""
