"""The supplier's own request samples, exactly as its public Ticketing API page prints them.

They come from the "Request samples" of CityFibre's Ticketing API documentation, version 1.1, and are sent here as they
stand, because a buyer will send them so. The people in them are the supplier's inventions.
"""

QUERY_APPOINTMENT_AVAILABILITY = """<queryAppointmentAvailabilityRequest xmlns="http://www.niccstandards.org.uk/ala_1.0.xsd" xmlns:cfh="http://www.cityfibre.com/ala/ext1">
  <message>
    <messageId>b68b2cf4-475e-11e1-a92e-fb2ff6467c99</messageId>
    <correlationId>bac72cfa-475e-11e1-a92e-fb2ff6467c99</correlationId>
    <sentAt>2012-01-20T18:30:43Z</sentAt>
  </message>
  <buyer>
    <buyerIdentifier>SPDEV1</buyerIdentifier>
  </buyer>
  <seller>
    <sellerIdentifier>CITYFIBRE</sellerIdentifier>
  </seller>
  <addressKey>10002491172</addressKey>
  <appointmentsFrom>2017-10-18</appointmentsFrom>
  <appointmentType>
    <fault/>
  </appointmentType>
  <cfh:productName>ftthl2r</cfh:productName>
  <cfh:reappointment>false</cfh:reappointment>
</queryAppointmentAvailabilityRequest>"""  # noqa: E501 - as printed

RESERVE_APPOINTMENT = """<reserveAppointmentRequest xmlns="http://www.niccstandards.org.uk/ala_1.0.xsd" xmlns:cfh="http://www.cityfibre.com/ala/ext1">
  <message>
    <messageId>b68b2cf4-475e-11e1-a92e-fb2ff6467c99</messageId>
    <correlationId>bac72cfa-475e-11e1-a92e-fb2ff6467c99</correlationId>
    <sentAt>2012-01-20T18:30:43Z</sentAt>
  </message>
  <buyer>
    <buyerIdentifier>SPDEV1</buyerIdentifier>
  </buyer>
  <seller>
    <sellerIdentifier>CITYFIBRE</sellerIdentifier>
  </seller>
  <appointmentSlot>
    <appointmentDate>2012-01-20</appointmentDate>
    <appointmentStartTime>08:00</appointmentStartTime>
    <appointmentEndTime>13:00</appointmentEndTime>
  </appointmentSlot>
  <appointmentType>
    <fault/>
  </appointmentType>
  <cfh:productName>ftthl2r</cfh:productName>
  <cfh:addressKey>123456789012</cfh:addressKey>
  <cfh:reappointment>false</cfh:reappointment>
</reserveAppointmentRequest>"""

ADD_FAULT_REPORT = """<addFaultReport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:noNamespaceSchemaLocation="../faultReport.xsd">
    <apiVersion>1.0</apiVersion>
    <buyerIdentifier>SPDEV1</buyerIdentifier>
    <sentAt>2018-06-09T11:15:17.0001Z</sentAt>
    <messageId>SP-00001</messageId>
    <reportDateTime>2018-06-09T11:15:17.0001Z</reportDateTime>
    <reporterContactDetails>
        <name>Joe</name>
        <phone>1234</phone>
        <email>joe.smith@example.com</email>
    </reporterContactDetails>
    <endUserContactDetails>
        <phone>1234</phone>
        <email>rp@example.com</email>
    </endUserContactDetails>
    <serviceAffected>S21709</serviceAffected>
    <buyerFaultReference>MPTEST-ABC123-15</buyerFaultReference>
    <maintainerFaultReference>CS0005727</maintainerFaultReference>
    <parentFaultReference>SP-456XYZ</parentFaultReference>
    <faultDetails>
        <description>Second Test - E2E Ticketing API -> ServiceNow</description>
        <type>Customer Reported Problem</type>
        <faultStartTime>2018-05-16T12:01:00Z</faultStartTime>
        <faultLocation>
            500 Avebury Boulevard,
            Milton Keynes
            MK1 3XX
        </faultLocation>
        <siteAccessDetails>Yes</siteAccessDetails>
        <siteAccessContactDetails>
            <name>Joe</name>
            <phone>1234</phone>
            <email>joe.smith@example.com</email>
        </siteAccessContactDetails>
        <triageComplete>true</triageComplete>
        <triageFindings>Triage report complete - details follow: ...</triageFindings>
    </faultDetails>
    <appointment>
        <appointmentDate>2018-06-09</appointmentDate>
        <appointmentStartTime>12:00</appointmentStartTime>
        <appointmentEndTime>13:00</appointmentEndTime>
        <appointmentReservationKey>1234567</appointmentReservationKey>
    </appointment>
    <priorityLevel>1</priorityLevel>
    <errorMessage>Some failure</errorMessage>
</addFaultReport>"""

AMEND_FAULT_REPORT = """<amendFaultReport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:noNamespaceSchemaLocation="../faultReport.xsd">
    <apiVersion>1.0</apiVersion>
    <buyerIdentifier>TEST</buyerIdentifier>
    <sentAt>2018-06-09T11:15:17.0001Z</sentAt>
    <messageId>SP-00002</messageId>
    <reportDateTime>2018-06-09T11:15:17.0001Z</reportDateTime>
    <reporterContactDetails>
        <name>Joe</name>
        <phone>1234</phone>
        <email>joe.smith@example.com</email>
    </reporterContactDetails>
    <endUserContactDetails>
        <name>Joe</name>
        <phone>1234</phone>
        <email>rp@example.com</email>
    </endUserContactDetails>
    <serviceAffected>S18650</serviceAffected>
    <buyerFaultReference>MPTEST-A101</buyerFaultReference>
    <maintainerFaultReference>CS0005727</maintainerFaultReference>
    <parentFaultReference>SP-456XYZ</parentFaultReference>
    <faultDetails>
        <description>Initial fault description goes here.
            Comments should be appended to the comment list.
        </description>
        <type>Fault</type>
        <status>accepted</status>
        <faultStartTime>2018-05-16T12:01:00Z</faultStartTime>
        <faultLocation>
            500 Avebury Boulevard,
            Milton Keynes
            MK1 3XX
        </faultLocation>
        <siteAccessDetails>Access 24/7, call 0771234123.</siteAccessDetails>
        <siteAccessContactDetails>
            <name>Joe</name>
            <phone>1234</phone>
            <email>joe.smith@example.com</email>
        </siteAccessContactDetails>
        <triageComplete>true</triageComplete>
        <triageFindings>Triage report complete - details follow: ...</triageFindings>
    </faultDetails>
    <appointment>
        <appointmentDate>2018-06-09</appointmentDate>
        <appointmentStartTime>12:00</appointmentStartTime>
        <appointmentEndTime>13:00</appointmentEndTime>
        <appointmentReservationKey>1234567</appointmentReservationKey>
    </appointment>
    <priorityLevel>1</priorityLevel>
    <comment>
        <value>We need access to the property. </value>
        <commentedBy>buyer</commentedBy>
        <commentedTime>2018-06-09T15:11:11.0001Z</commentedTime>
    </comment>
</amendFaultReport>"""

RESOLVE_RESPONSE = """<resolveResponse xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:noNamespaceSchemaLocation="../faultReport.xsd">
    <apiVersion>1.0</apiVersion>
    <buyerIdentifier>TEST</buyerIdentifier>
    <sentAt>2018-05-16T12:01:00Z</sentAt>
    <messageId>SP-00004</messageId>
    <resolveAccepted>true</resolveAccepted>
    <buyerFaultReference>MP-PR-004</buyerFaultReference>
    <maintainerFaultReference>CS0140872</maintainerFaultReference>
</resolveResponse>"""

REQUEST_FAULT_REPORT_UPDATE = """<requestFaultReportUpdate xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      xsi:noNamespaceSchemaLocation="../faultReport.xsd">
  <apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>2018-05-16T12:01:00Z</sentAt>
  <messageId>SP-00001</messageId>
  <maintainerFaultReference>TIC-000111</maintainerFaultReference>
  <buyerFaultReference>SP-123ABC</buyerFaultReference>
</requestFaultReportUpdate>"""
