"""How the potato wav2vec2 was made: data, teacher, training, export. Never used at run time."""
