"""How a page reads: one sheet of words in a language, then that sheet as text, Slack blocks or mail."""
