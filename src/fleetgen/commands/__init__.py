"""The verbs, one module each: functions of a project that return what they did. Nothing here prints."""
