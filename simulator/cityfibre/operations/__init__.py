"""The six operations, one file each: request, reply, RULES, handle()."""

from simulator.cityfibre.operations import (
    add_fault_report,
    amend_fault_report,
    query_appointment_availability,
    request_fault_report_update,
    reserve_appointment,
    resolve_response,
)

OPERATIONS = {
    operation.name: operation
    for operation in (
        add_fault_report.OPERATION,
        amend_fault_report.OPERATION,
        resolve_response.OPERATION,
        request_fault_report_update.OPERATION,
        query_appointment_availability.OPERATION,
        reserve_appointment.OPERATION,
    )
}
"""The operations by the last part of their path."""
