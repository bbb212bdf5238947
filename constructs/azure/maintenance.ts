import { type MaintenanceWindow, Weekday } from './maintenance-props';

/** A weekly window as AKS has it, in UTC. */
export function weekly({ day, hour, hours = 4 }: MaintenanceWindow) {
  return {
    frequency: 'Weekly',
    interval: 1,
    dayOfWeek: day,
    startTime: `${String(hour).padStart(2, '0')}:00`,
    utcOffset: '+00:00',
    duration: hours,
  };
}

/** The hours in which Azure maintains the control plane, which AKS wants one by one. */
export function allowedHours({ day, hour, hours = 4 }: MaintenanceWindow) {
  const days = Object.values(Weekday);
  const all = Array.from({ length: hours }, (_, index) => hour + index);
  const today = all.filter((each) => each < 24);
  const tomorrow = all.filter((each) => each >= 24).map((each) => each - 24);
  return [
    { day, hours: today },
    ...(tomorrow.length > 0 ? [{ day: days[(days.indexOf(day) + 1) % days.length], hours: tomorrow }] : []),
  ];
}

/** Before people's week begins. */
export const CLUSTER_MAINTENANCE: MaintenanceWindow = { day: Weekday.SUNDAY, hour: 1 };
export const NODE_MAINTENANCE: MaintenanceWindow = { day: Weekday.SATURDAY, hour: 1 };
