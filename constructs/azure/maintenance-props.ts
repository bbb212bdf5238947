/** Days as Azure counts them. */
export enum Weekday {
  SUNDAY = 'Sunday',
  MONDAY = 'Monday',
  TUESDAY = 'Tuesday',
  WEDNESDAY = 'Wednesday',
  THURSDAY = 'Thursday',
  FRIDAY = 'Friday',
  SATURDAY = 'Saturday',
}

/** When maintenance begins, once a week. */
export interface MaintenanceStart {
  readonly day: Weekday;
  /** Full hour, 0 to 23, UTC. */
  readonly hour: number;
}

/** When maintenance may run, once a week. */
export interface MaintenanceWindow extends MaintenanceStart {
  /** Unit: hours, 4 to 24. @default 4 */
  readonly hours?: number;
}
