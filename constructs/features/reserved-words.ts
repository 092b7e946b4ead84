/**
 * Words that Athena keeps for itself in SELECT or in DDL. Feast writes column names unquoted, so a column of such a name
 * could be stored and never be read. Source: Athena user guide, reserved keywords, 2026-03.
 */
const ATHENA = `
  all alter and array as authorization between bigint binary boolean both by case cast char column commit conf constraint create cross
  cube current current_catalog current_date current_path current_schema current_time current_timestamp current_user cursor database date
  dayofweek deallocate decimal delete describe distinct div double drop else end escape except exchange execute exists extended external
  extract false fetch first float floor following for foreign from full function grant group grouping having if import in inner insert
  int integer intersect interval into is join json_array json_exists json_object json_query json_table json_value last lateral left less
  like listagg local localtime localtimestamp macro map more natural none normalize not null numeric of on only or order out outer over
  partialscan partition percent preceding precision prepare preserve primary procedure range reads recursive reduce references regexp
  revoke right rlike rollback rollup row rows select set skip smallint start table tablesample then time timestamp to transform trigger
  trim true truncate unbounded uescape union uniquejoin unnest update user using utc_timestamp values varchar views when where window with`;

/** Columns that the library or Feast add to every table. */
const ADDED = ['event_date', 'entity_id', 'event_ts'];

const RESERVED: ReadonlySet<string> = new Set([...ATHENA.trim().split(/\s+/), ...ADDED]);

/** True if no column may have that name. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}
