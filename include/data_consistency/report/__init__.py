"""The daily report: figures, one page without anything to load, and the same for machines."""

from data_consistency.report.counting import collect
from data_consistency.report.figures import Figures, Preview
from data_consistency.report.page import PAGE, write
from data_consistency.report.period import Period, period_of, require_day, yesterday

__all__ = ["PAGE", "Figures", "Period", "Preview", "collect", "period_of", "require_day", "write", "yesterday"]
