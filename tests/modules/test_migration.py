"""The exports of other programs are recognised by their headers alone, whatever happened to the file on its way.

The header rows are those of ``migration.md``; the columns that have no place among today's fields are listed here, by
hand, so that a profile cannot excuse itself.
"""

from __future__ import annotations

import csv
import io
import random
import re
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.transfer import job as imports
from kith.kernel.transfer.profiles import accepted, recognise, target_of

HUBSPOT_CONTACTS = "Record ID,First Name,Last Name,Email,Work email,Phone Number,Mobile Phone Number,Job Title,Company Name,Associated Company,Associated Company IDs,Contact owner,Lifecycle Stage,Lead Status,Create Date,Last Activity Date,Original Source,City,State/Region,Postal Code,Country/Region,Website URL,Integration Status"
HUBSPOT_COMPANIES = "Record ID,Company name,Company Domain Name,Website URL,Phone Number,Company owner,Industry,Street Address,City,State/Region,Postal Code,Country/Region,Create Date,Last Activity Date,Description"
HUBSPOT_DEALS = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Deal owner,Create Date,Last Activity Date,Date entered current stage,Associated Company,Associated Company IDs,Associated Company IDs (Primary),Associated Contact,Associated Contact IDs,Associated Note,Associated Note IDs,Is closed lost,Closed Lost Reason,Original Source"
SF_ACCOUNT = "Id,IsDeleted,MasterRecordId,Name,Type,RecordTypeId,ParentId,BillingStreet,BillingCity,BillingState,BillingPostalCode,BillingCountry,BillingStateCode,BillingCountryCode,BillingLatitude,BillingLongitude,BillingGeocodeAccuracy,ShippingStreet,ShippingCity,ShippingState,ShippingPostalCode,ShippingCountry,ShippingStateCode,ShippingCountryCode,ShippingLatitude,ShippingLongitude,ShippingGeocodeAccuracy,Phone,Fax,AccountNumber,Website,PhotoUrl,Sic,Industry,AnnualRevenue,NumberOfEmployees,Ownership,TickerSymbol,Description,Rating,Site,CurrencyIsoCode,OwnerId,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,LastViewedDate,LastReferencedDate,Jigsaw,JigsawCompanyId,CleanStatus,AccountSource,DunsNumber,Tradestyle,NaicsCode,NaicsDesc,YearStarted,SicDesc,DandbCompanyId"
SF_CONTACT = "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,MiddleName,Suffix,Name,RecordTypeId,OtherStreet,OtherCity,OtherState,OtherPostalCode,OtherCountry,OtherLatitude,OtherLongitude,OtherGeocodeAccuracy,MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,MailingStateCode,MailingCountryCode,MailingLatitude,MailingLongitude,MailingGeocodeAccuracy,Phone,Fax,MobilePhone,HomePhone,OtherPhone,AssistantPhone,ReportsToId,Email,Title,Department,AssistantName,LeadSource,Birthdate,Description,CurrencyIsoCode,OwnerId,HasOptedOutOfEmail,HasOptedOutOfFax,DoNotCall,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,LastCURequestDate,LastCUUpdateDate,LastViewedDate,LastReferencedDate,EmailBouncedReason,EmailBouncedDate,IsEmailBounced,PhotoUrl,Jigsaw,JigsawContactId,CleanStatus,IndividualId"
SF_LEAD = "Id,IsDeleted,MasterRecordId,Salutation,FirstName,LastName,Name,Title,Company,Street,City,State,PostalCode,Country,Phone,MobilePhone,Fax,Email,Website,Description,LeadSource,Status,Industry,Rating,AnnualRevenue,NumberOfEmployees,OwnerId,HasOptedOutOfEmail,DoNotCall,IsConverted,ConvertedDate,ConvertedAccountId,ConvertedContactId,ConvertedOpportunityId,IsUnreadByOwner,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate"
SF_OPPORTUNITY = "Id,IsDeleted,AccountId,IsPrivate,Name,Description,StageName,Amount,Probability,ExpectedRevenue,TotalOpportunityQuantity,CloseDate,Type,NextStep,LeadSource,IsClosed,IsWon,ForecastCategory,ForecastCategoryName,CampaignId,HasOpportunityLineItem,Pricebook2Id,OwnerId,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,LastActivityDate,FiscalQuarter,FiscalYear,Fiscal,LastViewedDate,LastReferencedDate,HasOpenActivity,HasOverdueTask"
SF_TASK = "Id,RecordTypeId,WhoId,WhatId,Subject,ActivityDate,Status,Priority,IsHighPriority,OwnerId,Description,Type,IsDeleted,AccountId,IsClosed,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,IsArchived,CallDurationInSeconds,CallType,CallDisposition,CallObject,ReminderDateTime,IsReminderSet,RecurrenceActivityId,IsRecurrence"
SF_EVENT = "Id,WhoId,WhatId,Subject,Location,IsAllDayEvent,ActivityDateTime,ActivityDate,StartDateTime,EndDateTime,DurationInMinutes,Description,Type,EventSubtype,OwnerId"
SF_REPORT_CONTACTS = "First Name,Last Name,Title,Account Name,Description,Birthdate,Lead Source,Assistant,Asst. Phone,Mailing Street,Mailing City,Mailing State,Mailing Zip/Postal Code,Mailing Country,Phone,Mobile,Home Phone,Other Phone,Fax,Email,Email Opt Out,Do Not Call,Contact ID,Contact Owner"
SF_REPORT_ACCOUNTS = "Account Name,Annual Revenue,Type,Ticker Symbol,Rating,Industry,SIC Code,Ownership,Employees,Description,Billing Street,Billing City,Billing State,Billing Zip/Postal Code,Billing Country,Phone,Fax,Website,Created Date"
ZOHO_LEADS = "Record Id,Lead Owner.id,Lead Owner,Is Converted,Company,First Name,Last Name,Email,Phone,Mobile,Lead Source,Lead Status,Created By.id,Created By,Modified By.id,Modified By,Created Time,Modified Time,Lead Name,Street,City,State,Zip Code,Email Opt Out,Salutation,Last Activity Time"
ZOHO_CONTACTS = "Record Id,Contact Owner.id,Contact Owner,Lead Source,First Name,Last Name,Account Name.id,Account Name,Email,Title,Phone,Fax,Mobile,Date of Birth,Created By.id,Created By,Modified By.id,Modified By,Created Time,Modified Time,Contact Name,Mailing Street,Mailing City,Mailing State,Mailing Zip,Email Opt Out,Salutation,Secondary Email,Currency,Exchange Rate,Last Activity Time,Territories,Tag,Days Visited,Average Time Spent (Minutes),Number Of Chats,Most Recent Visit,First Visit,First Page Visited,Referrer,Visitor Score,Data Processing Basis Details.id,Data Processing Basis,Data Source,Unsubscribed Mode,Unsubscribed Time,Change Log Time,Locked,Last Enriched Time,Enrich Status,Connected To.module,Connected To.id"
ZOHO_ACCOUNTS = "Record Id,Account Owner.id,Account Owner,Account Name,Website,Phone,Industry,Description,Billing Street,Billing City,Billing State,Billing Code,Billing Country"
ESPO_CONTACT = "id,name,salutationName,firstName,lastName,accountId,accountName,title,description,emailAddress,phoneNumber,doNotCall,addressStreet,addressCity,addressState,addressCountry,addressPostalCode,createdAt,modifiedAt,createdById,createdByName,modifiedById,modifiedByName,assignedUserId,assignedUserName,teamsIds,teamsNames"
ESPO_ACCOUNT = "id,name,website,emailAddress,phoneNumber,type,industry,sicCode,billingAddressStreet,billingAddressCity,billingAddressState,billingAddressCountry,billingAddressPostalCode,description,campaignId,createdAt,modifiedAt,createdById,assignedUserId,teamsIds"
SUITE_ACCOUNTS = "Name,ID,Website,Email Address,Non Primary E-mails,Office Phone,Alternate Phone,Fax,Billing Street,Billing City,Billing State,Billing Postal Code,Billing Country,Shipping Street,Shipping City,Shipping State,Shipping Postal Code,Shipping Country,Description,Type,Industry,Annual Revenue,Employees,SIC Code,Ticker Symbol,Parent Account ID,Ownership,Campaign ID,Rating,Assigned to,Assigned User ID,Date Created,Date Modified,Modified By,Created By,Deleted"
SUITE_CONTACTS = "First Name,Last Name,ID,Salutation,Title,Department,Account Name,Email Address,Non Primary E-mails for Import,Phone Mobile,Phone Work,Phone Home,Phone Other,Phone Fax,Primary Address Street,Primary Address City,Primary Address State,Primary Address Postal Code,Primary Address Country,Alternate Address Street,Alternate Address City,Alternate Address State,Alternate Address Postal Code,Alternate Address Country,Description,Birthdate,Lead Source,campaign_id,Do Not Call,Portal Name,Portal Active,Portal Password,Portal Application,Reports to ID,Assistant,Assistant Phone,Picture,Assigned User Name,Assigned User ID,Date Created,Date Modified,Modified By,Created By,Deleted"
SUITE_OPPORTUNITIES = "Opportunity Name,ID,Opportunity Amount,Currency,Expected Close Date,Sales Stage,Probability (%),Next Step,Opportunity Type,Account Name,Description,Amount,Lead Source,campaign_id,Assigned User Name,Assigned User ID,Date Created,Date Modified,Created By ID,Modified By ID,Deleted"
PIPE_DEALS = "Deal - ID,Deal - Title,Deal - Creator,Deal - Owner,Deal - Value,Deal - Currency of Value,Deal - Weighted value,Deal - Currency of Weighted value,Deal - Probability,Deal - Organization,Deal - Organization ID,Deal - Pipeline,Deal - Contact person,Deal - Contact person ID,Deal - Stage,Deal - Label,Deal - Status,Deal - Deal created,Deal - Update time,Deal - Last stage change,Deal - Next activity date,Deal - Last activity date,Deal - Won time,Deal - Last email received,Deal - Last email sent,Deal - Lost time,Deal - Deal closed on,Deal - Lost reason,Deal - Visible to,Deal - Total activities,Deal - Done activities,Deal - Activities to do,Deal - Email messages count,Deal - Expected close date,Deal - Product quantity,Deal - Product amount,Deal - Product name,Deal - Source origin,Deal - Source origin ID,Deal - Source channel,Deal - Source channel ID,Deal - Archive status,Deal - Archive time,Deal - Sequence enrollment"
PIPE_PERSONS = "Person - ID,Person - Name,Person - First name,Person - Last name,Person - Organization,Person - Email - Work,Person - Email - Home,Person - Email - Other,Person - Phone - Work,Person - Phone - Home,Person - Phone - Mobile,Person - Phone - Other,Person - Labels,Person - Owner,Person - Job title,Person - LinkedIn,Person - Open deals,Person - Last activity date,Person - Next activity date,Person - Update time"
PIPE_ORGANIZATIONS = "Organization - ID,Organization - Name,Organization - Owner,Organization - Label,Organization - Address,Organization - People,Organization - Open deals,Organization - Organization created,Organization - Update time,Organization - Website,Organization - Industry,Organization - Visible to"
TWENTY_PEOPLE = "Id,Name / First Name,Name / Last Name,Emails / Primary Email,Emails / Additional Emails,Phones / Primary Phone Number,Phones / Primary Phone Country Code,Job Title,Company / Id,City"
GOOGLE_OLD = "Name,Given Name,Additional Name,Family Name,Yomi Name,Birthday,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,Organization 1 - Title"
OUTLOOK = "First Name,Last Name,Company,Job Title,Business Phone,Mobile Phone,E-mail Address,Business Street,Business City,Business Postal Code,Business Country/Region,Birthday,Notes,Categories"

HISTORY = "createdby|createdbyid|createdbyname|modifiedby|modifiedbyid|modifiedbyname|last(modified|activity|viewed|referenced|enriched)?.*|systemmodstamp|masterrecordid|recordtypeid|campaign_?id|teamsids|teamsnames|assigneduserid|.*owner\\.id|created by.*|modified by.*|next activity date|last activity.*|picture|photourl|cleanstatus|jigsaw.*|data .*|days visited|average time.*|number of chats|most recent visit|first (visit|page.*)|referrer|visitor score|unsubscribed.*|change log time|locked|enrich status|connected to.*|territories|exchange rate|currency|individualid|integration status|assigned user id|modified by id|created by id"
ELSEWHERE = {  # columns without a place among today's fields, beside those above that tell of the other program only
    "contacts": "other ?(street|city|state|postalcode|country|latitude|longitude|geocode.*|zip.*)|mailing(statecode|countrycode|latitude|longitude|geocodeaccuracy)|assistant.*|asst\\.? phone|reportsto(id)?|reports to id|hasoptedoutoffax|emailbounced.*|currencyisocode|website( url)?|portal .*|alternate address .*|linkedin|open deals|yomi name|person - (linkedin|open deals|last activity date|next activity date)|phones / primary phone country code",
    "leads": "website|industry|annualrevenue|numberofemployees|converted.*|is ?converted|isunreadbyowner",
    "companies": "shipping.*|accountnumber|sic ?(code|desc)?|siccode|ownership|tickersymbol|ticker symbol|site|dunsnumber|tradestyle|naics.*|yearstarted|dandbcompanyid|billing(statecode|countrycode|latitude|longitude|geocodeaccuracy)|organization - (people|open deals|visible to)|website url 2",
}

FILES: dict[str, tuple[str, str, str]] = {  # header, what is recognised, whose columns
    "hubspot contacts": (HUBSPOT_CONTACTS, "hubspot:contacts", "contacts"),
    "hubspot companies": (HUBSPOT_COMPANIES, "hubspot:companies", "companies"),
    "hubspot deals": (HUBSPOT_DEALS, "hubspot:deals", ""),
    "salesforce accounts": (SF_ACCOUNT, "salesforce:accounts", "companies"),
    "salesforce contacts": (SF_CONTACT, "salesforce:contacts", "contacts"),
    "salesforce leads": (SF_LEAD, "salesforce:leads", "leads"),
    "salesforce opportunities": (SF_OPPORTUNITY, "salesforce:opportunities", ""),
    "salesforce tasks": (SF_TASK, "salesforce:tasks", ""),
    "salesforce events": (SF_EVENT, "salesforce:events", ""),
    "salesforce report of contacts": (SF_REPORT_CONTACTS, "salesforce:report of contacts", "contacts"),
    "salesforce report of accounts": (SF_REPORT_ACCOUNTS, "salesforce:report of accounts", "companies"),
    "zoho leads": (ZOHO_LEADS, "zoho:leads", "leads"),
    "zoho contacts": (ZOHO_CONTACTS, "zoho:contacts", "contacts"),
    "zoho accounts": (ZOHO_ACCOUNTS, "zoho:accounts", "companies"),
    "espo contacts": (ESPO_CONTACT, "espo:contacts", "contacts"),
    "espo accounts": (ESPO_ACCOUNT, "espo:accounts", "companies"),
    "suitecrm accounts": (SUITE_ACCOUNTS, "suitecrm:accounts", "companies"),
    "suitecrm contacts": (SUITE_CONTACTS, "suitecrm:contacts", "contacts"),
    "suitecrm opportunities": (SUITE_OPPORTUNITIES, "suitecrm:opportunities", ""),
    "pipedrive deals": (PIPE_DEALS, "pipedrive:deals", ""),
    "pipedrive persons": (PIPE_PERSONS, "pipedrive:persons", "contacts"),
    "pipedrive organizations": (PIPE_ORGANIZATIONS, "pipedrive:organizations", "companies"),
    "twenty people": (TWENTY_PEOPLE, "twenty:people", "contacts"),
    "google, old form": (GOOGLE_OLD, "google:contacts, old form", "contacts"),
    "outlook": (OUTLOOK, "outlook:contacts", "contacts"),
}
NAMES = sorted(FILES)


def headers(name: str) -> list[str]:
    return FILES[name][0].split(",")


def placed(name: str) -> list[str]:
    """The standard columns that have a place in today's objects."""
    whose = FILES[name][2]
    forms = [HISTORY, *(ELSEWHERE[one] for one in {whose, "contacts" if whose == "leads" else whose})]
    return [one for one in headers(name) if not any(re.fullmatch(form, one.lower()) for form in forms)]


@pytest.mark.parametrize("name", NAMES)
def test_the_vendor_and_its_entity_are_found(name: str) -> None:
    found = recognise(headers(name))
    best = accepted(found)
    assert best is not None, [(one.profile.key, one.score) for one in found[:3]]
    assert (best.profile.key, best.score >= 0.8) == (FILES[name][1], True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["shuffled", "lower", "unknown columns"])
def test_the_same_after_what_happens_to_files(name: str, change: str) -> None:
    dice = random.Random(name)
    held = headers(name)
    if change == "shuffled":
        dice.shuffle(held)
    elif change == "lower":
        held = [one.lower() for one in held]
    else:
        for at in range(10):
            held.insert(dice.randrange(len(held) + 1), f"Region {at} (custom)")
    best = accepted(recognise(held))
    assert best is not None, [(one.profile.key, one.score) for one in recognise(held)[:3]]
    assert best.profile.key == FILES[name][1]


@pytest.mark.parametrize("name", [name for name in NAMES if FILES[name][2]])
def test_nearly_all_columns_that_have_a_place_are_mapped(name: str) -> None:
    profile = recognise(headers(name))[0].profile
    wanted = placed(name)
    lost = [one for one in wanted if target_of(profile, one)[0] in ("", "-", "!")]
    assert len(lost) <= 0.05 * len(wanted), lost
    assert len(wanted) >= 8


def test_a_password_is_never_imported() -> None:
    profile = next(one.profile for one in recognise(SUITE_CONTACTS.split(",")))
    assert target_of(profile, "Portal Password")[0] == "!"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hubspot contacts", "zoho"),
        ("zoho contacts", "hubspot"),
        ("suitecrm contacts", "salesforce"),
        ("salesforce report of contacts", "suitecrm"),
        ("suitecrm accounts", "salesforce"),
        ("salesforce report of accounts", "suitecrm"),
    ],
)
def test_vendors_that_look_alike_are_never_mixed(one: str, other: str) -> None:
    for held in (headers(one), [word.lower() for word in headers(one)], [word.upper() for word in headers(one)]):
        scores = {guess.profile.vendor: guess.score for guess in reversed(recognise(held))}
        assert scores.get(other, 0) < 0.8
        assert scores[one.split()[0]] - scores.get(other, 0) >= 0.2


# --- as files ------------------------------------------------------------------------------------------------------------

MADE = {"email": "{0}@example.com", "phone": "+49 30 10000{0}", "date": "2024-01-0{0} 10:00:00", "id": "{0}"}


def cell(header: str, row: int, vendor: str) -> str:
    word = header.lower()
    if re.search(r"e-?mail", word) and not re.search(r"opt|bounce|type|label|ids?$|optedout", word):
        return MADE["email"].format(f"p{row}{len(word)}")
    if re.search(r"phone|mobile|fax", word) and not re.search(r"optedout|type|code", word):
        return MADE["phone"].format(row)
    if word in ("record id", "id", "person - id", "organization - id") or word.endswith((".id", "ids")):
        return f"{vendor}{row}"
    if re.search(r"date|time|createdat|modifiedat|created$|birth", word):
        return MADE["date"].format(row)
    if re.search(r"revenue|employees|latitude|longitude|year", word):
        return "12"
    if word in ("isdeleted", "deleted") or re.search(r"optedout|donotcall|do not call|opt out|bounced$|^is", word):
        return "0"
    if "currency" in word:
        return "EUR"
    if "domain" in word or "website" in word:
        return f"firm{row}.example"
    if re.search(r"(account|parent|owner|reportsto|assigned.*user).?id", word) or word in ("parentid",):
        return ""
    return f"{header[:12]} {row}"


def file_of(name: str, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    held = headers(name)
    writer.writerow(held)
    for row in (1, 2, 3):
        writer.writerow([cell(one, row, name.split()[0]) for one in held])
    return out.getvalue()


@pytest.mark.parametrize("name", [name for name in NAMES if FILES[name][2] in ("contacts", "companies")])
def test_three_rows_of_each_come_in_and_come_in_once(name: str, world: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path / "data"
    variants = [("utf-8-sig", ","), ("gb18030", ";")]
    for turn, (encoding, delimiter) in enumerate(variants):
        path = tmp_path / f"file{turn}.csv"
        path.write_bytes(file_of(name, delimiter).encode(encoding))
        ctx = world.ctx("olga")
        job = imports.begin(ctx, imports.files([path]))
        imports.carry_out(ctx, job.pk)
        report = imports.show(ctx, job.pk)
        assert report["files"][0]["vendor"] == FILES[name][1].split(":")[0]
        wrong = [(one["row"], one["problems"]) for one in imports.rows(ctx, job.pk, outcome="failed")]
        assert not wrong
        assert (report["counts"]["created"], report["counts"]["unchanged"]) == ((3, 0), (0, 3))[turn]


def test_what_has_no_place_yet_is_refused_by_name(world: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path / "data"
    path = tmp_path / "deals.csv"
    path.write_text(file_of("pipedrive deals"))
    job = imports.begin(world.ctx("olga"), imports.files([path]))
    refused = imports.show(world.ctx("olga"), job.pk)["files"][0]["refused"]
    assert ("Pipedrive · deals" in refused) is ("deals" not in world.ctx("olga").schema.objects)


@pytest.mark.parametrize(
    ("header", "object"),
    [
        ("姓名,手机号,邮箱,公司名称,职位,备注", "contacts"),
        ("公司名称,所属行业,官网,人员规模,详细地址", "companies"),
        ("需求名称,紧急程度,预算,客户名称", "needs"),
        ("First name,Surname,Cell,E-mail address", "contacts"),
        ("Organisation,Industry,Website,Headcount", "companies"),
    ],
)
def test_files_of_unknown_origin(header: str, object: str, world: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path / "data"
    path = tmp_path / "list.csv"
    path.write_text(
        header + "\n" + ",".join("" for _one in header.split(",")) + "\nA" + "," * header.count(","), "utf-8"
    )
    job = imports.begin(world.ctx("olga"), imports.files([path]))
    file = imports.show(world.ctx("olga"), job.pk)["files"][0]
    assert (file["object"], file["not_imported"]) == (object, [])
