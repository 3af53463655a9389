"""A municipality's 文字運用ポリシー: drafted, tried on its own gaiji, adopted."""
