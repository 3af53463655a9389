"""Results for people: the 同定結果リスト as Excel and PDF, the counter sheet, the survey's table."""
