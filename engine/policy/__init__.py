"""文字運用ポリシー: what a municipality does with its gaiji, as data that can be tried first."""
