"""How the operator hears of trouble: records are read, trouble is judged, notices are sent, complete days are told."""
