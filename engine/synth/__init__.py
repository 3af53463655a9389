"""Made-up pictures of glyphs whose answer is known: for training and for evaluation.

Everything here is a pure function of its arguments and a seed. Two kinds of array must not be mixed up:

* an **ink map** (``ink``): (H, W) uint8, 0 = paper, 255 = full ink; what the engine works on;
* a **picture** (``picture``): (H, W) uint8, 255 = white paper, 0 = black; what a scanner or a file gives.
"""
