/** The rows of the catalogue that random programs are played with. */
import { catalogue } from '../catalogue.ts'
import { lawSubject } from '../laws/subject.ts'

/** Every row with a meaning on plain numbers. */
export const rows = catalogue.filter(({ name, make }) => lawSubject(name, make()).hasMeaning)
