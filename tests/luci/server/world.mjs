export class World { static async start() { return null; } }
