"""The CloudWatch alarms, dashboards and saved queries of the pipelines."""
