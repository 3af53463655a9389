"""The 文字運用ポリシー as a document for people: its evidence, its chapters, the files it is written to."""
